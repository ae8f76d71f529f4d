"""Settings -> the ears of one conversation: what its thresholds and holds are, and who wins where a client asks."""

from __future__ import annotations

from dataclasses import replace

from edge_agent.errors import ConfigError
from edge_agent.hear.company import Company
from edge_agent.hear.ears import Ears
from edge_agent.hear.endpoint import FixedHold, HoldPolicy
from edge_agent.hear.enrolled import Enrolled
from edge_agent.hear.names import OwnNames
from edge_agent.hear.thresholds import Thresholds
from edge_agent.hear.yielding import Patience, Yielding
from edge_agent.host.jobs import Detection
from edge_agent.interfaces import Asr, Endpoint, Listener, SpeakerEncoder, VadEngine
from edge_agent.settings import EAGERNESS, Settings, TurnSettings
from edge_agent.settings.wake import BUILT_IN, phrases_of
from edge_agent.state import state_dir

WAITS = 0.75
"""The share of `hear.barge_in_s` at which an answer falls silent that can go on: five frames instead of seven."""


def hold(turns: TurnSettings) -> HoldPolicy:
    return HoldPolicy(
        short_s=turns.hold_short_s,
        long_s=turns.hold_long_s,
        max_s=turns.hold_max_s,
        sure=turns.sure,
        doubt=turns.doubt,
    )


def thresholds(settings: Settings) -> Thresholds:
    hear, turns = settings.hear, settings.turns
    return Thresholds(
        speech=hear.vad_speech,
        silence=hear.vad_silence,
        falls=hear.vad_falls,
        onset_s=hear.onset_s,
        barge_in_s=hear.barge_in_s,
        pause_after_s=hear.pause_after_s,
        resume_after_s=hear.resume_after_s,
        preroll_s=hear.preroll_s,
        soft_end_s=turns.soft_end_s,
        rescore_s=turns.rescore_s,
        max_drafts=turns.max_drafts,
        max_utterance_s=hear.max_utterance_s,
        partial_s=hear.partial_s,
    )


def ears(
    settings: Settings,
    vad: VadEngine,
    endpoint: Endpoint,
    asr: Asr,
    detection: Detection,
    *,
    speaker: SpeakerEncoder | None = None,
) -> Listener:
    """The ears of one conversation, with a VAD state of their own. What it asks for wins over the settings. With a
    `speaker` encoder those of the device answer only voices that are known.
    """
    at, turns = thresholds(settings), settings.turns
    if detection.threshold is not None:
        # Silero's own distance between the two. Clients may ask for 0 and 1, at which nothing would ever change.
        speech = min(0.99, max(0.02, detection.threshold))
        at = replace(at, speech=speech, silence=max(0.01, speech - 0.15))
    if detection.eagerness:
        turns = turns.model_copy(update=EAGERNESS[detection.eagerness])
    policy = hold(turns)
    if detection.silence_s is not None:
        policy = replace(policy, short_s=detection.silence_s, long_s=detection.silence_s, max_s=detection.silence_s)
        endpoint = FixedHold()
    among = company(settings, speaker) if speaker and detection.device else None
    made = Ears(vad.another(), endpoint, among.guarding(asr) if among else asr, at, policy)
    yields = detection.device and (settings.hear.backchannel_s or among)
    return Yielding(made, patience(settings), among) if yields else made


def company(settings: Settings, speaker: SpeakerEncoder) -> Company:
    wake = settings.hear.wake
    names = [name.replace("_", " ") for name in wake if name in BUILT_IN]
    return Company(speaker, Enrolled(state_dir()).voices, OwnNames([*names, *phrases_of(wake)]))


def check_enrolled(settings: Settings) -> None:
    """Raises ConfigError where only voices that are known are to be answered and none is, StateError if the file of the
    voices is broken.
    """
    if settings.hear.only_enrolled and not Enrolled(state_dir()).voices():
        raise ConfigError(
            "hear.only_enrolled is on, and nobody is enrolled: nobody would be answered.",
            fix="edge-agent voice enroll NAME",
        )


def patience(settings: Settings) -> Patience:
    hear = settings.hear
    return Patience(WAITS * hear.barge_in_s, longest_s=hear.backchannel_s, silence_s=hear.resume_after_s)
