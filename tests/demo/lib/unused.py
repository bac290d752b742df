def near(x):
    return x


def zero(x):
    return 0
