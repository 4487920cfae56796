"""What an Indonesian city starts with. Every value can be edited in the admin afterwards."""

from dataclasses import dataclass

from sigap.city.models import AgencyKind as K

SP4N = "Permen PANRB 5/2025"
SPM = "SPM Kebakaran, Permendagri 114/2018"


@dataclass(frozen=True, slots=True)
class AgencyPreset:
    """`inside`: a body of the city government itself."""

    code: str
    name: str
    kind: K
    inside: bool = True


AGENCIES = (
    AgencyPreset("polres", "Polres", K.POLICE, inside=False),
    AgencyPreset("satpol-pp", "Satpol PP", K.PUBLIC_ORDER),
    AgencyPreset("damkar", "Dinas Pemadam Kebakaran", K.FIRE),
    AgencyPreset("psc119", "PSC 119 Dinas Kesehatan", K.AMBULANCE),
    AgencyPreset("dishub", "Dinas Perhubungan", K.TRANSPORT),
    AgencyPreset("pupr", "Dinas Pekerjaan Umum", K.PUBLIC_WORKS),
    AgencyPreset("dlh", "Dinas Lingkungan Hidup", K.ENVIRONMENT),
    AgencyPreset("bpbd", "BPBD", K.DISASTER),
    AgencyPreset("dinsos", "Dinas Sosial", K.SOCIAL),
    AgencyPreset("kominfo", "Dinas Komunikasi dan Informatika", K.COMMUNICATION),
    AgencyPreset("pln", "PLN", K.POWER, inside=False),
    AgencyPreset("pdam", "PDAM", K.WATER, inside=False),
)


@dataclass(frozen=True, slots=True)
class CategoryPreset:
    """Limits: seconds to acknowledge in the queue, hours for the agency to resolve."""

    code: str
    name_id: str
    name_en: str
    agency: str
    priority: int
    icon: str
    emergency: bool = False
    citizens: bool = False
    capabilities: tuple[str, ...] = ()
    acknowledge_limit_s: int = 300
    resolve_limit_h: int = 336
    legal_basis: str = ""


def _emergency(
    code: str, names: tuple[str, str], agency: str, priority: int, icon: str, *needs: str
) -> CategoryPreset:
    return CategoryPreset(
        code=code,
        name_id=names[0],
        name_en=names[1],
        agency=agency,
        priority=priority,
        icon=icon,
        emergency=True,
        capabilities=needs,
        acknowledge_limit_s=60 if priority == 1 else 180,
        resolve_limit_h=24,
        legal_basis=SPM if agency == "damkar" else "",
    )


def _report(
    code: str, names: tuple[str, str], agency: str, icon: str, resolve_limit_h: int
) -> CategoryPreset:
    return CategoryPreset(
        code=code,
        name_id=names[0],
        name_en=names[1],
        agency=agency,
        priority=4,
        icon=icon,
        citizens=True,
        acknowledge_limit_s=3 * 24 * 3600,
        resolve_limit_h=resolve_limit_h,
        legal_basis=SP4N,
    )


CATEGORIES = (
    _emergency("fire", ("Kebakaran", "Fire"), "damkar", 1, "flame", "fire"),
    _emergency("medical", ("Gawat medis", "Medical emergency"), "psc119", 1, "heart", "medical"),
    _emergency("crime", ("Kejahatan", "Crime in progress"), "polres", 1, "shield", "police"),
    _emergency("accident", ("Kecelakaan lalu lintas", "Traffic accident"), "polres", 1, "car",
               "police"),
    _emergency("officer-panic", ("Petugas minta bantuan", "Officer needs help"), "polres", 1,
               "siren", "police"),
    _emergency("intrusion", ("Penyusupan", "Intrusion"), "satpol-pp", 2, "footprints", "patrol"),
    _emergency("disturbance", ("Gangguan ketertiban", "Public disturbance"), "satpol-pp", 2,
               "megaphone", "patrol"),
    _emergency("rescue", ("Penyelamatan", "Rescue"), "damkar", 2, "lifebuoy", "rescue"),
    _emergency("animal", ("Hewan liar", "Wild animal"), "damkar", 3, "paw", "rescue"),
    _emergency("flood-emergency", ("Banjir darurat", "Flood emergency"), "bpbd", 1, "waves",
               "rescue"),
    _report("road-damage", ("Jalan rusak", "Road damage"), "pupr", "road", 336),
    _report("street-light", ("Lampu jalan mati", "Street light out"), "dishub", "lamp", 168),
    _report("waste", ("Sampah", "Waste"), "dlh", "trash", 72),
    _report("flood", ("Genangan air", "Standing water"), "pupr", "droplets", 168),
    _report("tree", ("Pohon tumbang", "Fallen tree"), "dlh", "tree", 48),
    _report("public-order", ("Ketertiban umum", "Public order"), "satpol-pp", "users", 120),
    _report("water-supply", ("Air bersih", "Water supply"), "pdam", "tap", 120),
    _report("power", ("Listrik padam", "Power cut"), "pln", "bolt", 48),
    CategoryPreset("camera-silent", "Kamera mati", "Camera silent", "kominfo", 3, "camera-off",
                   acknowledge_limit_s=900, resolve_limit_h=72),
)  # fmt: skip
