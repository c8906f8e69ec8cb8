"""How HTTP is spoken: settings, hosts, headers, caching, languages, problems and services.
The rooms use it; it knows no room.
"""
