"""A classifier by HTTP: sentences in, probabilities and labels out."""

from framing.serving.app import create_app
from framing.serving.messages import Limits
from framing.serving.server import serve

__all__ = ["Limits", "create_app", "serve"]
