"""The known vulnerabilities of the locked packages, as pip-audit finds them: a part of `make check`.

pip-audit ends alike whether it found one or had no network, and reports "no known vulnerabilities" of packages that it
could not look up. Here only a finding fails, and what was not looked up is said.
"""

import json
import subprocess
import sys
from pathlib import Path

LOCKS = sorted(str(p) for p in Path(__file__).parent.parent.glob("requirements*.lock"))


def audit(pip_audit: str) -> int:
    """Print what was found; 1 where a locked version is known to be vulnerable."""
    options = [f"--requirement={lock}" for lock in LOCKS]
    done = subprocess.run(
        [pip_audit, *options, "--require-hashes", "--disable-pip", "--format=json", "--progress-spinner=off"],
        capture_output=True,
        text=True,
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        reason = (done.stderr.strip().splitlines() or ["no word why"])[-1]
        print(f"The vulnerabilities were NOT looked up: {reason}")
        return 0
    skipped = [p["name"] for p in packages if "skip_reason" in p]
    found = [(p, v) for p in packages for v in p.get("vulns", ())]
    for package, fault in found:
        better = " or ".join(fault["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']} is vulnerable: {fault['id']}; mended in {better}")
    if looked_up := len(packages) - len(skipped):
        print(f"{looked_up} of {len(packages)} packages looked up: {len(found)} known vulnerabilities")
    if skipped:
        print(f"The vulnerabilities of {len(skipped)} packages were NOT looked up, {skipped[0]} for one")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(audit(sys.argv[1]))
