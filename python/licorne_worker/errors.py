"""Errors that an application can meet or cause."""


class ClientDisconnected(ConnectionResetError):
    """The client has gone: there is no more body to read and nobody to write to."""


class InterfaceError(Exception):
    """The application broke a rule of its interface (PEP 3333, ASGI 3.0); mixed into the built-in error that suits the case."""


class InterfaceTypeError(InterfaceError, TypeError):
    """A value of the wrong type."""


class InterfaceOrderError(InterfaceError, AssertionError):
    """A call at the wrong time."""


class InterfaceValueError(InterfaceError, ValueError):
    """A value of the right type that cannot be sent, such as a header with a line end."""
