"""Coding in the browser: a small server on this machine, its pages, and who may open them."""

from framing.web.app import create_app
from framing.web.desk import Desk, open_desk
from framing.web.security import Guard
from framing.web.server import serve

__all__ = ["Desk", "Guard", "create_app", "open_desk", "serve"]
