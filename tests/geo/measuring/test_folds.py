import numpy as np

from kgpipe.geo.measuring.folds import share_groups


def test_no_group_is_cut_and_each_class_is_shared_out() -> None:
    rng = np.random.default_rng(3)
    sizes = rng.integers(5, 60, size=40)
    groups = np.repeat(np.arange(40), sizes)
    classes = (groups % 4 == 0).astype(np.int64)
    folds = share_groups(groups.tolist(), classes, folds=5)
    assert all(len(set(folds[groups == group])) == 1 for group in range(40))
    for kind in (0, 1):
        counts = np.bincount(folds[classes == kind], minlength=5)
        assert counts.min() > 0.7 * counts.max()


def test_the_rare_class_is_shared_out_first() -> None:
    # Two groups hold the rare class; a fold filled by size alone could get both.
    groups = ["a"] * 100 + ["b"] * 90 + ["c"] * 10 + ["d"] * 10
    classes = np.array([0] * 190 + [1] * 20)
    folds = share_groups(groups, classes, folds=2)
    assert folds[195] != folds[205]


def test_it_does_not_depend_on_the_names_of_groups() -> None:
    classes = np.array([0, 0, 1, 1, 0, 1])
    one = share_groups(["x", "x", "y", "z", "v", "w"], classes, folds=2)
    other = share_groups([9, 9, 1, 5, 7, 2], classes, folds=2)
    assert (one == other).all()


def test_fewer_groups_than_folds_leave_folds_empty() -> None:
    folds = share_groups(["a", "a", "b"], np.array([0, 1, 0]), folds=4)
    assert len(set(folds.tolist())) == 2
