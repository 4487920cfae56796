"""Staff accounts. A user belongs to one city (national roles to none) and holds one role."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from sigap.accounts.permissions import Role


class User(AbstractUser):
    """A member of staff. `unit` says which unit a field officer crews at present."""

    city = models.ForeignKey(
        "city.City", on_delete=models.PROTECT, null=True, blank=True, related_name="users"
    )
    agency = models.ForeignKey(
        "city.Agency", on_delete=models.PROTECT, null=True, blank=True, related_name="users"
    )
    role = models.CharField(max_length=32, choices=[(r.value, r.value) for r in Role])
    unit_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        db_table = "accounts_user"
        constraints = [
            models.CheckConstraint(
                name="accounts_user_city_by_role",
                condition=models.Q(role=Role.NATIONAL_SUPERVISOR.value, city__isnull=True)
                | models.Q(city__isnull=False)
                | models.Q(is_superuser=True),
            )
        ]

    @property
    def display_name(self) -> str:
        """Full name, or the account's name."""
        return self.get_full_name() or self.username
