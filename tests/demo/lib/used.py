from lib.unused import near

FACTOR = 2


def double(x):
    return FACTOR * x


def other(x):
    return near(x)
