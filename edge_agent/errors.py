"""Everything that edge_agent raises on purpose.

EdgeAgentError
 ├─ ConfigError      a setting is wrong: ends the process, exit code 2
 ├─ InputError       an argument or an audio file is wrong: ends the command, exit code 2
 ├─ ModelError       a model file is missing or not what the manifest says: ends the process, exit code 1
 ├─ DeviceError      a sound device is missing or was lost: ends the line, exit code 1
 ├─ ServeError       the server cannot have its address or its certificate: ends the process, exit code 1
 ├─ ServiceError     systemd is missing or refuses: ends the command, exit code 1
 ├─ StateError       what is to outlive the agent cannot be written or deleted: ends the command, exit code 1
 ├─ RecordsError     timers, lists, memory, calendar: no such thing, or it cannot be kept: ends the command, exit code 1
 ├─ ToolError        a tool cannot be used, or failed: one sentence, and the conversation goes on
 └─ EngineError      an engine failed on one input: ends the turn
     ├─ ComputeFailed   it gave up while it worked: on a GPU, that may be why
     ├─ EngineLost   its process died, hung or is not there: another takes its place
     └─ PromptTooLong   more was said than the LLM's context holds

Each message is one plain sentence; `fix`, where there is one, is the command that mends it.
"""

from __future__ import annotations


class EdgeAgentError(Exception):
    exit_code = 1

    def __init__(self, message: str, *, fix: str | None = None) -> None:
        super().__init__(message)
        self.fix = fix

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message}\n  To mend it: {self.fix}" if self.fix else message


class ConfigError(EdgeAgentError):
    exit_code = 2


class InputError(EdgeAgentError):
    exit_code = 2


class ModelError(EdgeAgentError):
    pass


class DeviceError(EdgeAgentError):
    pass


class ServeError(EdgeAgentError):
    pass


class ServiceError(EdgeAgentError):
    pass


class StateError(EdgeAgentError):
    pass


class RecordsError(EdgeAgentError):
    pass


class ToolError(EdgeAgentError):
    pass


class EngineError(EdgeAgentError):
    code = "engine_error"
    """What the network doors call it."""


class ComputeFailed(EngineError):
    pass


class EngineLost(EngineError):
    pass


class PromptTooLong(EngineError):
    code = "context_length_exceeded"
