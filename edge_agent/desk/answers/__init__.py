"""Answers: an owner's documents -> the sentence that answers a question, word for word; or nothing."""

from edge_agent.desk.answers.answers import AnswerFolder as AnswerFolder
from edge_agent.desk.answers.answers import Quote as Quote
from edge_agent.desk.answers.answers import answers_of as answers_of
from edge_agent.desk.answers.question import Topic as Topic
