"""A small OpenAI-compatible server over the tiny model: it streams, gives prompt log-probabilities, and fails on order.

What it is told to do wrong stands in `faults`, one word a request, the next one first.
"""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from lib.domain import GenerateRow, Message, Settings
from lib.inference.engine import Engine
from lib.inference.templates import TEMPLATES, render

_INSTEAD = {"max_tokens": "Use 'max_completion_tokens' instead."}


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@dataclass
class Server:
    engine: Engine
    key: str = "secret"
    likelihoods: bool = True  # whether it gives the log-probabilities of a prompt
    faults: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)  # the bodies of all requests
    at_once: int = 0  # the most requests that were served at the same time
    port: int = field(default_factory=free_port)
    _now: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/v1/models")
        def models() -> dict:
            return {"object": "list", "data": [{"id": "tiny", "object": "model", "max_model_len": 2048}]}

        @app.post("/v1/chat/completions")
        async def chat(request: Request) -> Response:
            body = await request.json()
            messages = [Message(m["role"], m["content"]) for m in body["messages"]]
            if body.get("prompt_logprobs") is not None:
                return self._refused(request, body) or JSONResponse(self._chat_logprobs(body, messages))
            text = render(TEMPLATES["chat"], self.engine.tokenizer, messages)
            return await self._made(request, body, text, "chat")

        @app.post("/v1/completions")
        async def completions(request: Request) -> Response:
            body = await request.json()
            if body.get("echo"):
                return self._refused(request, body) or JSONResponse(self._echo(body))
            return await self._made(request, body, body["prompt"], "text")

        return app

    def _refused(self, request: Request, body: dict) -> Response | None:
        self.asked.append(body)
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return _error(401, "Incorrect API key provided")
        fault = self.faults.pop(0) if self.faults else ""
        match fault:
            case "busy":
                return _error(429, "Slow down", {"retry-after-ms": "50"})
            case "down":
                return _error(500, "Out of order", {"x-should-retry": "false"})
            case "long":
                return _error(400, "This model's maximum context length is 8 tokens")
            case "unknown":
                return _error(404, "no such model")
        for name in ("stream_options", "max_tokens"):
            if fault == f"no {name}" and name in body:
                self.faults.insert(0, fault)
                return _error(400, f"Unsupported parameter: '{name}'. {_INSTEAD.get(name, '')}")
        if fault in ("broken", "silent", "filtered", "thinking"):
            self.faults.insert(0, fault)
        return None

    async def _made(self, request: Request, body: dict, text: str, kind: str) -> Response:
        if refused := self._refused(request, body):
            return refused
        fault = self.faults.pop(0) if self.faults and not self.faults[0].startswith("no ") else ""
        most = body.get("max_tokens") or body["max_completion_tokens"]
        settings = Settings(body["temperature"], body.get("top_p", 1.0), most, body.get("seed", 0))
        pieces = list(self.engine.with_template("chat").generate([GenerateRow(text, settings.seed)], settings))

        async def stream() -> Any:
            self._now += 1
            self.at_once = max(self.at_once, self._now)
            try:
                if fault == "silent":
                    await asyncio.sleep(30)
                for number, piece in enumerate(pieces):
                    await asyncio.sleep(0.002)
                    if fault == "broken" and number == 2:
                        return
                    said = {"reasoning_content": piece.text} if fault == "thinking" else {"content": piece.text}
                    finish = {"end": "stop", "length": "length"}.get(piece.finish or "")
                    finish = "content_filter" if finish and fault == "filtered" else finish
                    choice = {"index": 0, "finish_reason": finish} | (
                        {"delta": said} if kind == "chat" else {"text": piece.text}
                    )
                    yield _line({"choices": [choice]})
                if body.get("stream_options"):
                    yield _line({"choices": [], "usage": _usage(0, pieces[-1].tokens)})
                yield "data: [DONE]\n\n"
            finally:
                self._now -= 1

        return StreamingResponse(stream(), media_type="text/event-stream")

    def _logprobs(self, text: str) -> tuple[list[int], list[float | None]]:
        ids = self.engine.tokenizer(text, add_special_tokens=False).input_ids
        with torch.inference_mode():
            scores = self.engine.forward(torch.tensor([ids])).logits[0].float().log_softmax(-1)
        return ids, [None, *(float(scores[i, t]) for i, t in enumerate(ids[1:]))]

    def _echo(self, body: dict) -> dict:
        if not self.likelihoods:
            return {"choices": [{"index": 0, "text": "x", "finish_reason": "length", "logprobs": None}]}
        ids, values = self._logprobs(body["prompt"])
        tokens = [self.engine.tokenizer.decode([i]) for i in ids]
        told = {"tokens": [*tokens, "x"], "token_logprobs": [*values, -1.0], "text_offset": []}
        choice = {"index": 0, "text": body["prompt"] + "x", "finish_reason": "length", "logprobs": told}
        return {"choices": [choice], "usage": _usage(len(ids), 1)}

    def _chat_logprobs(self, body: dict, messages: list[Message]) -> dict:
        message = {"index": 0, "message": {"role": "assistant", "content": "x"}, "finish_reason": "length"}
        if not self.likelihoods:
            return {"choices": [message]}
        last = messages.pop().content if body.get("continue_final_message") else ""
        ids, values = self._logprobs(render(TEMPLATES["chat"], self.engine.tokenizer, messages) + last)
        told = [None if v is None else {str(i): {"logprob": v}} for i, v in zip(ids, values, strict=True)]
        return {"choices": [message], "prompt_logprobs": told, "usage": _usage(len(ids), 1)}

    def serve(self) -> Iterator["Server"]:
        """Runs while the iterator is open."""
        server = uvicorn.Server(uvicorn.Config(self.app(), port=self.port, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield self
        finally:
            server.should_exit = server.force_exit = True
            thread.join(5)


def _usage(prompt: int, made: int) -> dict:
    return {"prompt_tokens": prompt, "completion_tokens": made, "total_tokens": prompt + made}


def _line(chunk: dict) -> str:
    return f"data: {json.dumps({'id': 'x', 'object': 'chunk', 'created': 0, 'model': 'tiny'} | chunk)}\n\n"


def _error(status: int, message: str, headers: dict | None = None) -> Response:
    return JSONResponse({"error": {"message": message}}, status, headers or {})
