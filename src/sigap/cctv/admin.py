"""Nodes, cameras and rules in the admin. Writes go through `actions`; no secret is ever shown,
but the token of a new node, once."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest

from sigap.accounts.admin_base import CityModelAdmin, admin_actor, own_city
from sigap.cctv import actions
from sigap.cctv.actions import CameraForm, NodeForm
from sigap.cctv.models import Camera, CameraPurpose, Node, Rule, RuleKind
from sigap.cctv.rule_settings import RuleSettings
from sigap.cctv.rules import RuleForm, change_rule
from sigap.core.geometry import LatLon


@admin.register(Node)
class NodeAdmin(CityModelAdmin):
    """Saving a node gives it a token, shown once: put it into SIGAP_NODE_TOKEN of the node."""

    list_display = ("name", "base_url", "epoch", "last_seen_at", "enabled")
    readonly_fields = ("epoch", "last_seen_at", "config_version")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A node keeps its name: a new token is given by it."""
        fields = tuple(super().get_readonly_fields(request, obj))
        return (*fields, "city", "name") if obj else fields

    def save_model(self, request: HttpRequest, obj: Node, form: Any, change: bool) -> None:
        """Change what is harmless in place; a new node or address gives a new token."""
        if change and "base_url" not in form.changed_data:
            super().save_model(request, obj, form, change)
            return
        city_id = own_city(request) or obj.city_id
        wanted = NodeForm(obj.name, obj.base_url)
        token = actions.enroll_node(admin_actor(request, city_id), city_id, wanted)
        obj.pk = Node.objects.get(city_id=city_id, name=obj.name).pk
        self.message_user(request, f"SIGAP_NODE_TOKEN={token}", messages.WARNING)

    def store(self, obj: Any, *, form: Any, change: bool) -> None:
        """Only what the form holds: health writes the same row."""
        obj.save(update_fields=list(form.cleaned_data))


class CameraAdminForm(forms.ModelForm):  # type: ignore[type-arg]
    """The address of a camera may hold a password: it is typed, never shown."""

    class Meta:
        model = Camera
        fields = "__all__"
        widgets = {
            "source_url": forms.PasswordInput(attrs={"size": 60}),
            "sub_url": forms.PasswordInput(attrs={"size": 60}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        source = self.fields.get("source_url")
        if source is not None:
            source.required = self.instance.pk is None
            source.help_text = "rtsp://host/path; kosongkan untuk mempertahankan"
        sub = self.fields.get("sub_url")
        if sub is not None:
            sub.help_text = 'kosongkan untuk mempertahankan, "-" untuk menghapus'

    def clean_source_url(self) -> str:
        """Empty keeps the one there is."""
        return self.cleaned_data.get("source_url") or ""


@admin.register(Camera)
class CameraAdmin(CityModelAdmin):
    """Where cameras stand and look; rules are drawn in the console."""

    form = CameraAdminForm
    list_display = ("name", "node", "purpose", "state", "state_since", "enabled", "analyse")
    list_filter = ("state", "purpose", "enabled", "node")
    search_fields = ("name",)
    readonly_fields = ("area", "state", "state_since", "last_frame_at", "fps", "version")

    def save_model(self, request: HttpRequest, obj: Camera, form: Any, change: bool) -> None:
        """Through the action, that checks, records and tells the node."""
        city_id = own_city(request) or obj.city_id
        actor = admin_actor(request, city_id)
        wanted = _camera_form(form.cleaned_data)
        if change:
            version = Camera.objects.values_list("version", flat=True).get(pk=obj.pk)
            actions.change_camera(actor, obj.pk, version, wanted)
        else:
            obj.pk = actions.add_camera(actor, wanted).pk


@admin.register(Rule)
class RuleAdmin(CityModelAdmin):
    """What a rule reports and how eagerly; its shape is drawn in the console."""

    list_display = ("name", "camera", "kind", "category", "priority", "enabled", "quiet")
    list_filter = ("kind", "enabled", "quiet", "camera")
    readonly_fields = ("camera", "kind", "points", "settings", "quiet", "quiet_reason", "version")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A rule is drawn on the picture."""
        return False

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:
        """Through the action, that records and tells the node."""
        told = form.cleaned_data
        wanted = RuleForm(
            name=told["name"],
            kind=RuleKind(obj.kind),
            points=obj.points,
            classes=list(told["classes"]),
            min_score=told["min_score"],
            dwell_s=told["dwell_s"],
            settings=RuleSettings.model_validate(obj.settings),
            category=told["category"].code if told["category"] else None,
            priority=told["priority"],
            enabled=told["enabled"],
            floor=told["floor"],
        )
        change_rule(admin_actor(request, obj.city_id), obj.pk, obj.version, wanted)


def _camera_form(told: dict[str, Any]) -> CameraForm:
    return CameraForm(
        name=told["name"],
        source_url=told["source_url"],
        place=LatLon(told["lat"], told["lon"]),
        bearing_deg=told["bearing_deg"],
        field_of_view_deg=told["field_of_view_deg"],
        range_m=told["range_m"],
        purpose=CameraPurpose(told["purpose"]),
        analyse=told["analyse"],
        enabled=told["enabled"],
        retention_h=told["retention_h"],
        sub_url=told["sub_url"],
        onvif_url=told["onvif_url"],
        critical=told["critical"],
        keep_audio=told["keep_audio"],
        node_id=told["node"].pk,
    )
