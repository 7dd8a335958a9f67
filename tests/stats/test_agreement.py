"""Agreement is scikit-learn's."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, confusion_matrix

from twinlens.stats.agreement import kappa


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_kappa_is_scikit_learns(classes: int) -> None:
    rng = np.random.default_rng(classes)
    truth = rng.integers(classes, size=300)
    said = np.where(rng.random(300) < 0.6, truth, rng.integers(classes, size=300))
    cells = confusion_matrix(truth, said).astype(float)
    assert float(kappa(cells)) == pytest.approx(cohen_kappa_score(truth, said))
