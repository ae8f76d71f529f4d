"""Workers: ASR, LLM and TTS each in a process of its own, so that none of them can take the agent down.

Native engines abort and crash by design (ggml-org/ggml#701, espeak-ng/espeak-ng#2495) and now and then hang.
"""
