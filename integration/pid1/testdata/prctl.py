"""What tini's suite uses of python-prctl."""
import ctypes

PR_SET_CHILD_SUBREAPER = 36


def set_child_subreaper(on):
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, on, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
