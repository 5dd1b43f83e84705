"""nss_trust.py FOLDER CA.pem: makes a database of NSS, as browsers have, in which an authority may vouch for servers.

What `certutil -N` and `certutil -A -t C,,` do, through the library that Chromium itself cannot do without.
"""

import ctypes
import ssl
import sys

VALID_CA = 1 << 3
TRUSTED_CA = 1 << 4


class Item(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("data", ctypes.c_char_p), ("len", ctypes.c_uint)]


class Trust(ctypes.Structure):
    _fields_ = [("ssl", ctypes.c_uint), ("email", ctypes.c_uint), ("code", ctypes.c_uint)]


def function(name, result, *arguments):
    found = getattr(nss, name)
    found.restype = result
    found.argtypes = arguments
    return found


def must(name, *arguments):
    """Calls what answers 0 when it went well; arguments are given as (type, value)."""
    types, values = zip(*arguments) if arguments else ((), ())
    if function(name, ctypes.c_int, *types)(*values) != 0:
        sys.exit(f"{name} failed with NSS error {function('PORT_GetError', ctypes.c_int)()}")


nss = ctypes.CDLL("libnss3.so")
pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
folder, path = sys.argv[1:]
with open(path, encoding="ascii") as file:
    der = ssl.PEM_cert_to_DER_cert(file.read())

must("NSS_InitReadWrite", (text, f"sql:{folder}".encode()))
slot = function("PK11_GetInternalKeySlot", pointer)()
must("PK11_InitPin", (pointer, slot), (text, None), (text, b""))
database = function("CERT_GetDefaultCertDB", pointer)()
item = ctypes.byref(Item(0, der, len(der)))
decode = function("CERT_NewTempCertificate", pointer, pointer, pointer, text, number, number)
certificate = decode(database, item, None, 0, 1)
if not certificate:
    sys.exit(f"{path} holds no certificate that NSS can read")
must(
    "PK11_ImportCert",
    (pointer, slot),
    (pointer, certificate),
    (ctypes.c_ulong, 0),
    (text, b"tests"),
    (number, 0),
)
trust = ctypes.byref(Trust(VALID_CA | TRUSTED_CA, 0, 0))
must("CERT_ChangeCertTrust", (pointer, database), (pointer, certificate), (pointer, trust))
function("CERT_DestroyCertificate", None, pointer)(certificate)
function("PK11_FreeSlot", None, pointer)(slot)
must("NSS_Shutdown")
