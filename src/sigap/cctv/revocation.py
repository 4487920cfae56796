"""Whose viewing ends now: those a node reports as watching who may no longer. Called by `health`'s
route at every report, so one query for all of them.
"""

from collections.abc import Sequence

from sigap.accounts.identity import actor_for_user
from sigap.accounts.models import User
from sigap.accounts.permissions import Permission, scope_of
from sigap.accounts.standing import standing_mark
from sigap.cctv.health import ViewerHealth
from sigap.cctv.models import Node

LONGEST_ID = 18
NEEDS = {
    "live": Permission.VIEW_VIDEO,
    "snapshot": Permission.VIEW_VIDEO,
    "play": Permission.PLAYBACK_VIDEO,
    "ptz": Permission.CONTROL_PTZ,
    "setup": Permission.MANAGE_CAMERAS,
    "export": Permission.EXPORT_EVIDENCE,
}


def users_to_cut(node: Node, viewers: Sequence[ViewerHealth]) -> list[str]:
    """Ids, as the node reported them, of who was switched off, changed password, role or city, or
    lost the permission."""
    ids = {int(viewer.user_id) for viewer in viewers if _is_id(viewer.user_id)}
    if not viewers:
        return []
    users = {str(user.pk): user for user in User.objects.filter(pk__in=ids)}
    return sorted({v.user_id for v in viewers if not _may_go_on(users.get(v.user_id), node, v)})


def _may_go_on(user: User | None, node: Node, viewer: ViewerHealth) -> bool:
    if user is None or not user.is_active or user.city_id != node.city_id:
        return False
    needed = NEEDS.get(viewer.view)
    if needed is None or scope_of(actor_for_user(user), needed) is None:
        return False
    return not viewer.mark or viewer.mark == standing_mark(user)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID
