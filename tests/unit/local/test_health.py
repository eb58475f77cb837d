from deploy.local.supervisor import Health


def test_pauses_double_up_to_half_a_minute():
    health = Health(started=0.0)

    assert [health.died(1.0) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]


def test_a_long_life_is_forgiven():
    health = Health(started=0.0)
    health.died(1.0)
    health.died(2.0)
    health.restarted(10.0)

    assert health.died(100.0) == 1
    assert health.again_at == 101.0
