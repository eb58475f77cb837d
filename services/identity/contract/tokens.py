"""What an access token is.

A JWT (RFC 7519) with an HMAC-SHA256 (HS256, RFC 7518) by the key that its header `kid` names, one of the key folder
ACCESS_KEYS, which only identity and the gateways read. Its claims: `iss` (ACCESS_ISSUER), `sub` (person id), `sid`
(session id), `tag` (of the phone), `strength` ("phone"), `roles` (list, such as "admin"), `orgs` ({organisation id:
role}), `iat`, `exp`, and for members who have consented to it `profile`: the coarse values of what they have told
(`CoarseProfileSchema`), nothing finer. All is as it was when the token was made; every refresh reads it anew.
"""

ACCESS_ISSUER = "mvoting"
ACCESS_ALGORITHM = "HS256"
ACCESS_KEYS = "access"
"""The folder of keys, beside those of the services, that identity and the gateways share."""
ACCESS_KEY_USE = "token"
ACCESS_SECONDS = 600
"""The longest that an access token lives: whoever refuses ended sessions must remember them for that long."""
