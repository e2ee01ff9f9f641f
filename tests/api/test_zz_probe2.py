from tests.api.conftest import *
from companies.models import Scope
from tests.portal.factories import DeliveryFactory
import pytest

def test_uid(calling, company):
    DeliveryFactory.create(company=company, booking_uid="secretuid")
    a = calling(Scope.READ).get("/api/v1/deliveries/")
    print(a.json())
    assert "secretuid" not in a.content.decode()

@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "bearer ", "Api-Key", "Bearer a b", "BEARER x"])
def test_auth(client, header):
    a = client.get("/api/v1/branches/", headers={"Authorization": header})
    print(header, a.status_code, a.json()["detail"])
    assert a.status_code == 401
