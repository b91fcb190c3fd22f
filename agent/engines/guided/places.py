"""Where a lead is: cities that people write, and whose clock runs there."""

from __future__ import annotations

import re

from agent.engines.guided.words import word_list

CITIES: dict[str, str] = {}
for _zone, _places in {
    "America/Mexico_City": "ciudad de mexico|cdmx|gdl|qro|slp|ags|edo mex|edo de mexico|edo. de mexico|mexico city|df|d.f.|estado de mexico|edomex"
    "|puebla|cholula|san pedro cholula|san andres cholula|atlixco|tehuacan|tlaxcala|apizaco"
    "|guadalajara|zapopan|tlaquepaque|tonala|tlajomulco|puerto vallarta|tepatitlan|jalisco"
    "|toluca|metepec|ecatepec|naucalpan|tlalnepantla|nezahualcoyotl|neza|chimalhuacan|texcoco"
    "|cuautitlan|cuautitlan izcalli|izcalli|atizapan|coacalco|tecamac|huixquilucan|chalco"
    "|iztapalapa|iztacalco|coyoacan|tlalpan|xochimilco|tlahuac|milpa alta|azcapotzalco"
    "|gustavo a madero|gustavo a. madero|venustiano carranza|cuauhtemoc|miguel hidalgo"
    "|benito juarez|alvaro obregon|magdalena contreras|cuajimalpa|santa fe|polanco"
    "|queretaro|el marques|juriquilla|san juan del rio|tequisquiapan"
    "|leon|guanajuato|irapuato|celaya|salamanca|silao|san miguel de allende|dolores hidalgo"
    "|morelia|michoacan|uruapan|zamora|patzcuaro|lazaro cardenas|aguascalientes|zacatecas"
    "|fresnillo|san luis potosi|ciudad valles|matehuala|durango|gomez palacio"
    "|pachuca|hidalgo|tulancingo|tizayuca|cuernavaca|morelos|jiutepec|cuautla|tepoztlan"
    "|veracruz|boca del rio|xalapa|jalapa|coatzacoalcos|poza rica|orizaba|cordoba veracruz"
    "|oaxaca|huatulco|puerto escondido|acapulco|chilpancingo|taxco|iguala|zihuatanejo|guerrero"
    "|tuxtla|tuxtla gutierrez|chiapas|tapachula|san cristobal de las casas|villahermosa|tabasco"
    "|merida|yucatan|progreso|valladolid|campeche|ciudad del carmen|colima|manzanillo",
    "America/Monterrey": "monterrey|mty|nuevo leon|san pedro garza garcia|san nicolas|apodaca"
    "|escobedo|santa catarina|guadalupe|saltillo|torreon|coahuila|monclova|piedras negras"
    "|tampico|ciudad madero|ciudad victoria|tamaulipas",
    "America/Matamoros": "matamoros|reynosa|nuevo laredo",
    "America/Cancun": "cancun|playa del carmen|tulum|quintana roo|chetumal|cozumel|isla mujeres",
    "America/Tijuana": "tijuana|mexicali|ensenada|baja california|rosarito|tecate",
    "America/Hermosillo": "hermosillo|sonora|ciudad obregon|guaymas|nogales",
    "America/Mazatlan": "mazatlan|culiacan|los mochis|sinaloa|tepic|nayarit|la paz|los cabos"
    "|cabo san lucas|san jose del cabo|baja california sur",
    "America/Ciudad_Juarez": "ciudad juarez|cd juarez|juarez",
    "America/Chihuahua": "chihuahua|delicias|parral",
    "America/Bogota": "bogota|medellin|cali|colombia|barranquilla|cartagena",
    "America/Lima": "lima|peru|arequipa",
    "America/Guayaquil": "quito|guayaquil|ecuador",
    "America/Santiago": "santiago de chile|chile|valparaiso",
    "America/Argentina/Buenos_Aires": "buenos aires|argentina|rosario|mendoza",
    "America/Montevideo": "montevideo|uruguay",
    "America/Caracas": "caracas|venezuela",
    "America/Guatemala": "guatemala",
    "America/Costa_Rica": "costa rica",
    "America/Panama": "panama",
    "America/Santo_Domingo": "santo domingo|republica dominicana",
    "America/Punta_Arenas": "punta arenas|magallanes",
    "Pacific/Easter": "isla de pascua",
    "Pacific/Galapagos": "galapagos",
    "Europe/Madrid": "madrid|barcelona|espana|spain",
    "Atlantic/Canary": "canarias|islas canarias|gran canaria|tenerife|las palmas|lanzarote",
    "Europe/Lisbon": "lisboa|lisbon|portugal|coimbra",
    "Atlantic/Azores": "acores|azores|ponta delgada",
    "America/New_York": "new york|nueva york|nyc|miami|boston|atlanta|washington|orlando|tampa"
    "|new jersey|nueva jersey|philadelphia|filadelfia|detroit",
    "America/Chicago": "chicago|houston|dallas|austin|san antonio|texas|minneapolis|new orleans"
    "|nueva orleans|kansas city|milwaukee|nashville|oklahoma",
    "America/Denver": "denver|el paso|salt lake city|albuquerque",
    "America/Phoenix": "phoenix|arizona",
    "America/Los_Angeles": "los angeles|san diego|california|san francisco|seattle|las vegas"
    "|portland|oregon|sacramento",
    "America/Anchorage": "anchorage|alaska",
    "Pacific/Honolulu": "honolulu|hawaii|hawai",
    "America/Toronto": "toronto|ottawa|montreal|ontario|quebec",
    "America/Winnipeg": "winnipeg|manitoba",
    "America/Regina": "saskatoon|saskatchewan",
    "America/Edmonton": "calgary|edmonton",
    "America/Vancouver": "vancouver|british columbia|columbia britanica",
    "America/Halifax": "halifax|nova scotia|nueva escocia",
    "America/St_Johns": "newfoundland|terranova",
    "Europe/Moscow": "moscow|moscu|moscou|saint petersburg|st. petersburg|san petersburgo",
    "Asia/Yekaterinburg": "yekaterinburg|ekaterimburgo",
    "Asia/Novosibirsk": "novosibirsk",
    "Asia/Vladivostok": "vladivostok",
    "Australia/Sydney": "sydney|melbourne|canberra|new south wales",
    "Australia/Brisbane": "brisbane|queensland|gold coast",
    "Australia/Adelaide": "adelaide|south australia",
    "Australia/Perth": "perth|western australia",
    "America/Sao_Paulo": "sao paulo|brasil|brazil|rio de janeiro|belo horizonte|brasilia|curitiba"
    "|porto alegre|campinas|goiania|florianopolis|niteroi|guarulhos|osasco|uberlandia|joinville"
    "|londrina|ribeirao preto|sorocaba|sao jose dos campos|minas gerais|parana",
    "America/Bahia": "salvador bahia|bahia",
    "America/Fortaleza": "fortaleza|ceara|joao pessoa",
    "America/Recife": "recife|pernambuco",
    "America/Belem": "belem",
    "America/Maceio": "maceio|alagoas",
    "America/Manaus": "manaus|amazonas",
    "America/Cuiaba": "cuiaba|mato grosso",
    "America/Campo_Grande": "campo grande|mato grosso do sul",
    "America/Porto_Velho": "porto velho|rondonia",
    "America/Rio_Branco": "rio branco",
    "America/Boa_Vista": "roraima",
    "Europe/London": "london|londres",
}.items():
    CITIES.update(dict.fromkeys(_places.split("|"), _zone))

CLOCKS = {
    "hora del centro": "America/Mexico_City",
    "hora centro": "America/Mexico_City",
    "hora de centro": "America/Mexico_City",
    "eastern": "America/New_York",
    "est": "America/New_York",
    "hora del este": "America/New_York",
    "central": "America/Chicago",
    "cst": "America/Chicago",
    "mountain": "America/Denver",
    "mst": "America/Denver",
    "pacific": "America/Los_Angeles",
    "pst": "America/Los_Angeles",
    "hora del pacifico": "America/Los_Angeles",
}

_CITIES = "|".join(sorted(map(re.escape, CITIES), key=len, reverse=True))
_CLOCKS = "|".join(sorted(map(re.escape, CLOCKS), key=len, reverse=True))
SAID_ZONE = re.compile(
    r"\b(?:hora de|horario de|estoy en|estamos en|vivo en|vivimos en|soy de|somos de|we're in"
    r"|we live in|i'm in|i am in|i live in|time in|horario de|moro em|moramos em|estou em|estou no|moro no|sou d[eo])\s+"
    rf"(?:la |the )?(?P<place>{_CITIES})\b|\b(?P<named>{_CITIES}|{_CLOCKS}) time\b"
    r"|\b(?P<clock>hora (?:del? )?(?:centro|este|pacifico))\b"
)
CITY = re.compile(rf"\b(?:{_CITIES})\b")
# Names of people too: such a word is a city only after «en».
ALSO_NAMES = word_list("also_names")
CITY_ALONE = re.compile(
    rf"^\W*(?:de |es |aqui )?(?P<city>{_CITIES})(?:,? (?:{_CITIES}|capital|centro|[a-z]{{2}}))?\W*$"
)
CITY_AMONG = re.compile(
    rf"[,;/\n]\s*(?P<city>{_CITIES})(?:,? (?:{_CITIES}|gto|jal|mor|nl|ver|mich|coah|tamps|bcs|qroo))?\s*(?=[,;/\n])"
)
CITY_AT_END = re.compile(rf"[,/]\s*(?P<city>{_CITIES})\W*$")
# «Soy Ana de Tijuana», but «soy Ana de León» may be all name: that one needs a comma.
CITY_AFTER_NAME = re.compile(
    r"\b(?:soy|soi|me llamo|mi nombre es|aqui|habla|i'm|name is|sou|me chamo|meu nome e) (?!de\b)[^,.\d\n]{2,30}?"
    rf"(?P<comma>,?) de (?P<city>{_CITIES})\b"
)
CITY_AFTER_IN = re.compile(rf"\b(?:en|in|desde|from|em)\s+(?P<city>(?:la )?(?:{_CITIES}))\b")


def zone_of(place: str) -> str:
    """Find the zone of a city; "" if it is not known. `place` is folded."""
    whole = place.strip(" .,!")
    exact = CITIES.get(whole) or CITIES.get(whole.partition(",")[0].strip())
    if exact:
        return exact
    match = CITY.search(whole)
    return CITIES[match.group()] if match else ""


def said_zone(plain: str) -> str:
    """Find the zone that a message names."""
    match = SAID_ZONE.search(plain)
    if match is None:
        return ""
    place = match["place"] or match["named"] or match["clock"] or ""
    return CITIES.get(place) or CLOCKS.get(place, "")


def city_in(plain: str, *, asked: bool, named: bool = False) -> tuple[int, int] | None:
    """Find a known city after «en», or alone where another question is open.

    `named`: the lead has a name already, so that «León» is no name.
    """
    if match := CITY_AFTER_IN.search(plain):
        return match.span("city")
    match = CITY_AFTER_NAME.search(plain)
    if match and (match["comma"] or match["city"] not in ALSO_NAMES):
        return match.span("city")
    for pattern in () if asked else (CITY_ALONE, CITY_AT_END, CITY_AMONG):
        match = pattern.search(plain)
        if match and (named or match["city"] not in ALSO_NAMES):
            return match.span("city")
    return None
