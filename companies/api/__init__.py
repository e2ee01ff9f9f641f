"""What every view of the API shares: who asks and for which company, what they may, how it is answered.

    authentication   an API key, or the portal's session; callers: what came of it
    scopes           read, book, manage; and the role's own rights for people
    throttling       so many requests a minute for each caller, counted in Redis
    base             TenantViewSet, which all views of companies' data derive from
    serializers      bodies taken at their word: no unknown fields, no "5" for 5, no rows of other companies
    filters, pagination   lists
    idempotency      one change for one Idempotency-Key
    problems         errors as in RFC 9457
    schema           what OpenAPI is told of all this

The apps above build their views on these modules; `config.api_urls` joins them below /api/v1/.
"""
