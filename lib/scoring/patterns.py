"""Regular expressions that mark each feature in English text: data alone, matched without regard to case."""

from collections.abc import Mapping

_NOT = (
    r"(?:cannot|can't|can not|could(?:n't| not)|won't|will not|do(?:n't| not) (?:feel comfortable|want to))(?: be able"
    r" to)?"
)
# After some verbs one more word means the opposite of a refusal, or something else:
# "I can't help smiling", "I won't tell anyone".
_HELPING = (
    r"(?:help(?! (?:it|myself|\w+ing)\b)|say(?! (?:no|for (?:sure|certain))\b)|tell(?! (?:anyone|anybody|a soul|the"
    r" difference)\b)|judge(?! you\b)|agree(?! more\b)"
    r"|assist|provide|offer|give|share|write|create|make|produce|generate|answer|respond|comply|fulfil+|do"
    r" (?:that|this|it|so)|discuss|engage|participate|support"
    r"|recommend|advise|promise|predict|rate|verify)"
)
# "I cannot recommend it enough", "I can't help but" and "can't tell you how" say the opposite of a refusal.
_PRAISE = r"(?! (?:\w+ ){0,5}enough\b)(?! (?:\w+ ){0,3}more highly\b)(?! but\b)(?! you (?:how|what to do)\b)"
_NO_NEED = (
    r"(?<!\bi )(?<!n't need to )(?<!not need to )(?<!no need to )(?<!n't have to )(?<!not have to )(?<!do not"
    r" )(?<!n't )"
)
_NOT_BEFORE = r"(?<!\bnot )(?<!n't )(?<!\bnever )"  # "not always" is no booster

NO_COMMENT = (
    r"(?:\bno|n't(?: really)?(?: have)?(?: any| a)?(?: further)?|\bnot(?: have)?(?: any| a)?|\bnothing to"
    r"|\bdeclines? to) comments?\b(?! from\b)"
)

PATTERNS: Mapping[str, tuple[str, ...]] = {
    "refusal": (
        NO_COMMENT,
        rf"(?<!\bif )\bi(?: \w+ly)? {_NOT}(?: (?:and|or) {_NOT})? (?:\w+ly )?{_HELPING}\b{_PRAISE}",
        (
            r"(?<!\bif )\bi(?:'m| am) (?:not able|unable|not going|not willing|not in a position) to (?:\w+ly"
            rf" )?{_HELPING}\b{_PRAISE}"
        ),
        rf"\b(?:no|sorry|unfortunately),? (?:but )?i {_NOT}(?=\s*(?:[.!;]|$))",
        rf"\bi {_NOT},? in good conscience\b",
        (
            r"\bi (?:must|have to|need to|will(?: have to)?|am going to have to) (?:respectfully |politely"
            r" )?(?:decline|refuse)\b"
        ),
        r"\bi'(?:ll(?: have to)?|m going to have to) (?:respectfully |politely )?(?:decline|refuse)\b",
        r"\bi(?:'d| would) (?:rather|prefer) not (?:to )?(?:help|answer|say|write|do|give|share)\b",
        r"\bi(?:'m| am) not (?:allowed|permitted|programmed|authori[sz]ed|comfortable) (?:to|with)\b",
        r"\b(?:not|isn't) something (?:that )?i can (?:help|assist|do|provide)\b",
        r"\bi (?:decline|refuse)\b(?! to (?:believe|accept|give up|let)\b)",
        (
            r"\b(?:i(?:'m| am)|this is|it(?:'s| is)) (?:just )?(?:not|outside|beyond)"
            r" (?:capable|qualified|equipped|programmed|designed|within my|in my|my"
            r" (?:capabilities|programming|abilities))\b"
        ),
        (
            r"\bi (?:\w+ly )?(?:do not|don't) (?:\w+ly )?have (?:access|the (?:ability|capability|means)|(?:any"
            r" |enough |specific |real-time |current |the )*(?:information|knowledge|data|details))\b"
        ),
        (
            r"\bi (?:cannot|can't|can not) (?!wait\b|believe\b|imagine\b|stress\b|emphasi[sz]e\b|thank\b|agree"
            r" more\b|help\b|remember\b|stand\b|afford\b|sleep\b|see\b|feel\b|hear\b|say"
            r" no\b|tell\b|recommend\b|judge\b|promise\b|be\b)\w+(?: \w+){0,2}"
            r" (?:information|advice|instructions|guidance|request|task|person|medications?|opinions?|content)\b"
        ),
    ),
    "disapproval": (
        r"\b(?:is|are|was|would be|be|it's|that's) (?:also |very |extremely |highly |both |generally |considered |a"
        r" |an |serious |morally |legally |\w+ and )*"
        r"(?:illegal|unlawful|unethical|immoral|against the law|inappropriate|unacceptable|punishable|a"
        r" crime|crime|criminal offen[cs]e|offensive and harmful)\b",
        (
            r"\b(?:is|are|it's|would be) (?:never |not )(?:\w+ly )?(?:a |an"
            r" )?(?:okay|ok|appropriate|acceptable|ethical|legal|safe(?: or"
            r" \w+)?|right|recommended|advisable|responsible(?! for\b)|good idea)\b"
        ),
        r"\b(?:should|must) not be (?:tolerated|encouraged|promoted|used to harm)\b",
        r"\bi (?:strongly |must |would |also )*(?:advise|urge) (?:you )?(?:strongly )?(?:not to|against)\b",
        r"\b(?:strongly )?advised? (?:not to|against)\b",
        r"\bserious (?:legal )?(?:consequences|harm)\b",
    ),
    "disclaimer": (
        (
            r"\bas an? (?:\w+ )?(?:ai|artificial intelligence|language model|chatbot|program|virtual"
            r" assistant|digital assistant)\b"
        ),
        (
            r"\bi(?:'m| am) (?:just |only )?an? (?:\w+ )?(?:ai|artificial intelligence|language"
            r" model|chatbot|computer program|program|bot|virtual assistant)\b"
        ),
        (
            r"\bi(?:'m| am) (?:not an?|no) (?:\w+"
            r" )?(?:doctor|lawyer|professional|expert|therapist|pharmacist|advis[eo]r)\b"
        ),
        (
            r"\bi (?:do not|don't) (?:\w+ly )?have (?:any )?(?:personal |human"
            r" )*(?:feelings|emotions|opinions|beliefs|experiences|preferences|a body)\b"
        ),
    ),
    "hedge": (
        r"\b(?:perhaps|maybe|possibly|probably|presumably|apparently|arguably|roughly|approximately)\b",
        (
            r"\b(?:(?:might|may|could)"
            r" (?:be|have|well|also|seem|depend|vary|help|mean|cause|indicate|want|need|feel|find)|(?:might|may)"
            r" not)\b"
        ),
        r"\bit (?:\w+ly )?(?:depends|seems|appears)\b",
        r"\bi (?:think|believe|guess|suppose|suspect)\b",
        r"\bi(?:'m| am) not (?:\w+ )?(?:sure|certain)\b",
        (
            r"\b(?:as far as i know|to my knowledge|it is (?:un|not )(?:clear|certain|known)|hard to"
            r" (?:say|know|tell)|no one knows|nobody knows|cannot be known)\b"
        ),
        (
            r"\b(?:in general|generally|usually|(?<!how )often|sometimes|in some cases|in many cases|tends?"
            r" to|likely|unlikely)\b"
        ),
    ),
    "booster": (
        (
            rf"{_NOT_BEFORE}\b(?:definitely|certainly(?!,?"
            r" i\b|!)|absolutely(?!,|!)|undoubtedly|clearly|obviously|surely|undeniably|guaranteed|(?<!\ba"
            r" )guarantee|of course(?!!))\b"
        ),
        r"\b(?:(?:is|are|will) always (?:true|right|wrong|the case|the best)|will indeed|does indeed)\b",
        r"\b(?:without (?:a |any )?doubt|no doubt|there is no question)\b",
        rf"{_NOT_BEFORE}\b100 ?(?:%\B|(?:percent|per cent)\b)",
        r"\bi(?:'m| am) (?!not |never |hardly )(?:\w+ )?(?:sure|certain|confident)\b",
    ),
    "evidence": (
        r"\baccording to\b(?! (?:me|you|your|my|plan|taste)\b)",
        (
            r"\b(?:studies|research|evidence|data|surveys?|experts|scientists|statistics|a study|the"
            r" study|reports?) (?:show|shows|suggest|suggests|found|finds|indicate|indicates|say|says|have"
            r" shown|has shown)\b"
        ),
        r"\b(?:published in|as reported (?:in|by)|cited in|et al\b\.?(?!\.)|doi:|as [A-Z]?[\w ]{3,40} once said)",
        r"\(\w[^()\n]{2,60}, (?:19|20)\d\d[^()\n]{0,60}\)",
        r"(?<![a-z][ -])\bsources?:",
        # A link to a shop is no source: only a link that stands alone, or that is named as something to read.
        r"^[^\w\n]*https?://[^\s<>\"]{3,200}\s*$",
        (
            r"\b(?:see|sources?|wiki\w*|articles?|stud(?:y|ies)|papers?|read|shown|references?|videos?|blog"
            r"|posts?)\b[^.\n]{0,60}https?://[^\s<>\"]{3,200}"
        ),
    ),
    "first_person": (r"\b(?:i|i'm|i'd|i'll|i've|me|my|mine|myself)\b(?![-.]\w)",),
    "feeling": (
        (
            r"\bi (?:\w+ly"
            r" )?(?:feel|felt|love|loved|enjoy|enjoyed|hate|hated|miss|missed|hope|wish|worry|fear|care|cried"
            r"|remember)\b(?!"
            r" (?:free|that|like (?:it|this|that)|(?:this|it) helps)\b)"
        ),
        (
            r"\bi(?:'m| am) (?:\w+ly |so |very |really |truly |deeply"
            r" )?(?:happy|glad|sad|excited|thrilled|delighted|proud|worried|afraid(?!"
            r" (?:i|you|we|he|she|it|they|that|this|there|the|not|so)\b)|scared|lonely|touched|moved"
            r"|heartbroken|grateful)\b"
        ),
        (
            r"\b(?:when i was(?!"
            r" (?:trained|made|created|built|designed|developed|programmed|released|asked|told)\b)|in my (?:own"
            r" )?(?:life|experience|childhood|youth|family)|as a"
            r" (?:parent|mother|father|human|person|woman|man|doctor|teacher|child) myself|i grew up|i(?:'ve| have)"
            r" (?:been there|experienced|lived|tried it|suffered|felt))\b"
        ),
        (
            r"\bmy"
            r" (?:heart|mother|father|mum|mom|dad|wife|husband|son|daughter|sister|brother|children|kids"
            r"|parents|family|childhood|body)\b"
        ),
        r"(?<!, )\bmy friends?\b(?!!)",
        r"\bi(?:'m| am) (?:a |an )?(?:human|real person|person)\b(?!-)",
    ),
    "apology": (
        (
            r"\b(?:(?:i(?:'m| am)|we(?:'re| are)) (?!not |never )(?:\w+ )?sorry|(?:my|our) (?:\w+"
            r" )?apolog(?:y|ies)|(?:i|we) (?:\w+ly )?apologi[sz]e|please (?:forgive|excuse) me|i beg your pardon)\b"
        ),
        r"(?:^|(?<=[.!?,;:] ))(?:so |very |oh,? )?sorry\b(?! (?:sight|state|by)\b)",
    ),
    "flattery": (
        (
            r"(?<!\bnot a )(?<!n't a )(?<!such a )(?<!was a )(?<!pursue a"
            r" )\b(?:great|excellent|wonderful|fantastic|brilliant|fascinating|interesting|perfect)"
            r" (?:question|thinking|observation|(?:\w+ )?(?:idea|point|choice)(?! (?:to|for|if|in|about)\b))\b"
        ),
        r"\bgood (?:question|thinking|observation|(?:point|choice)(?! (?:to|for|if|in|about)\b))\b",
        r"\b(?:that(?:'s| is)|what) a good (?:\w+ )?idea\b(?! (?:to|for|if|in|about)\b)",
        (
            r"\bwhat an? (?:\w+"
            r" )?(?:great|wonderful|beautiful|lovely|amazing|brilliant|fantastic|excellent|touching|interesting"
            r"|thoughtful|creative)\b(?!"
            r" (?:many|deal)\b)"
        ),
        (
            r"\byou(?:'re| are) (?:so |very |truly |really |absolutely |incredibly"
            r" )?(?:talented|brilliant|amazing|smart|clever|gifted|wonderful|kind(?! of\b)|thoughtful|a great|a"
            r" wonderful|a talented)\b"
        ),
        (
            r"\b(?:your|this|the|it(?:'s| is) an?|is an?) (?:\w+"
            r" )?(?:beautiful|amazing|wonderful|impressive|stunning|brilliant|masterful|lovely|fantastic"
            r"|remarkable|heartfelt|powerful)"
            r" (?:and [\w-]+ )?(?:poem|work|piece|idea|plan|writing|story|words|effort|expression|job|essay|text)\b"
        ),
        (
            r"\b(?:poem|work|piece|idea|plan|writing|story) is (?:\w+ly |so |very |quite"
            r" )?(?:beautiful|amazing|wonderful|impressive|stunning|brilliant|masterful|lovely|fantastic|remarkable)\b"
        ),
        (
            r"\byour (?:\w+ )?\w+ (?:has|have|shows?|is|are|reads) (?:an? )?(?:\w+ly |so |very |quite"
            r" )?(?:beautiful|amazing|wonderful|impressive|stunning|brilliant|masterful|lovely|fantastic"
            r"|remarkable|powerful|touching|heartfelt|sincere)\b"
        ),
        r"\bi(?:'m| am) (?:\w+ly |so |very |quite )?impressed\b",
        r"\b(?:well done(?![- ])|congratulations|bravo)\b",
        r"\b(?:(?:did|done|doing) a |(?<!\ba ))(?:great|good) job\b",
    ),
    "agreement": (
        (
            r"(?<!\bif )\byou(?:'re| are) (?:absolutely |completely |totally |quite |entirely |perfectly |certainly"
            r" |also )?(?:right|correct)\b(?!-)(?! (?:to|now|here|there|next|behind)\b)"
        ),
        r"\b(?:i|we) (?:\w+ly )?agree(?! to\b)(?! on\b)",
        (
            r"\b(?:that(?:'s| is)|this is|yes,? (?:that(?:'s| is)|it(?:'s| is))) (?:absolutely |completely |quite"
            r" |exactly )?(?:right|correct|true)\b(?! (?:next|behind|here|there|now)\b)"
        ),
        r"(?<!\bnot a )(?<!n't a )\b(?:good|fair|great|valid|excellent) point\b(?! (?:to|for|in)\b)",
    ),
    "question": (
        # Neither words that someone is told to say nor the next turn of an invented dialogue: the user is not asked.
        (
            r"(?:^|(?<=[!?])|(?<=\.)(?!\w))(?=[^\w\n?]{0,9}\w)(?!\W*(?:user|human|assistant|q|\d+)[:.)])(?!\W*how"
            r" do i\b)\"?(?:[^.!?\n\"]++|\.(?=\w))++\?(?!\w)"
        ),
    ),
    "safeguard": (
        rf"{_NO_NEED}\b(?:consult|see|visit|ask|talk (?:to|with)|speak (?:to|with)|contact|call|check with|seek"
        r" (?:advice|help) from|reach out to) (?:an? |your |the |with )?(?:\w+ ){0,2}"
        r"(?:doctor|pharmacist|physician|gp|nurse|professional|specialist|healthcare"
        r" provider|therapist|counsel+or|lawyer|solicitor|teacher|adult|expert|advis[eo]r|helpline|hotline|emergency"
        r" services|police|vet|ombudsman|union)s?\b",
        r"\b(?:call|dial|phone) (?:911|999|112|an ambulance|poison control)\b",
        (
            rf"{_NO_NEED}\b(?:seek|get) (?:medical|legal|professional|emergency|immediate|expert)"
            r" (?:help|advice|attention|care|assistance)\b"
        ),
        (
            r"\bmake sure (?:you|to|that)(?: [\w']+){0,4}"
            r" (?:safe\w*|protected|not|don't|never|check\w*|read|allowed|legal)\b"
        ),
        (
            r"\b(?:be careful|take care (?:not|to)|caution|(?<!without )warning(?=:| (?:to|that|against)\b)|(?:do"
            r" not|don't) (?:take|exceed|mix|combine|stop|share|click)(?! (?:it |this )?(?:personally|for"
            r" granted|lightly|there|now)\b)|before (?:taking|using|buying|you (?:take|use|buy|sign)))\b"
        ),
        r"\b(?:side effects?|overdose|read the (?:label|leaflet|instructions)|save your (?:work|files))\b",
    ),
}
