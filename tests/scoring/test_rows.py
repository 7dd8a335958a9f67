"""The rows of a run become numbers, with the labels of a file where there is one."""

import numpy as np
import pytest
from made_rows import Run, failure, verdict

from twinlens.core.errors import BadInput
from twinlens.scoring.labels import Label, key
from twinlens.scoring.rows import MOST_VALUES, read_rows


def test_rows_become_numbers(run: Run) -> None:
    orders = {"ab": {"first": "a", "choice": "a"}, "ba": {"first": "b", "choice": "a"}}
    rows = [
        verdict("p1", label="a", orders=orders, consistent=True),
        failure("p2", label="b"),
        verdict("p3", "tie"),
    ]
    table = read_rows(run(rows))
    assert len(table) == 3
    assert table.failed.tolist() == [False, True, False]
    assert table.numbers["label"][:2].tolist() == [0, 1]
    assert np.isnan(table.numbers["label"][2])
    assert table.numbers["choice"][[0, 2]].tolist() == [0, 2]
    assert [table.numbers[name][0] for name in ("swap", "shown", "first", "both")] == [1, 2, 1, 1]


def test_a_torn_last_line_is_left_out_and_noted(run: Run) -> None:
    folder = run([verdict("p1"), verdict("p2")])
    file = folder.folder / "rows.jsonl"
    file.write_bytes(file.read_bytes()[:-30])
    table = read_rows(folder)
    assert len(table) == 1
    assert table.notes == ("The last line of rows.jsonl is cut short and left out; the run has not ended.",)


def test_a_pair_that_stands_twice_is_named(run: Run) -> None:
    with pytest.raises(BadInput, match="the id 'p1' stands in more than one row"):
        read_rows(run([verdict("p1"), verdict("p2"), verdict("p1")]))


def test_an_empty_run_is_an_error(run: Run) -> None:
    with pytest.raises(BadInput, match="found no row"):
        read_rows(run([]))


def test_labels_of_a_file_go_before_those_of_the_rows(run: Run) -> None:
    folder = run([verdict("p1", label="a"), verdict("p2", label="a")])
    table = read_rows(folder, labels={key("p1"): Label("b")})
    assert table.numbers["label"][0] == 1
    assert np.isnan(table.numbers["label"][1])
    assert table.notes == ("1 of 2 rows have no label in the file of labels.",)


def test_labels_of_other_pairs_are_refused(run: Run) -> None:
    with pytest.raises(BadInput, match="none of its 1 ids is in the labels"):
        read_rows(run([verdict("p1")]), labels={key("q1"): Label("b")})


def test_rows_of_one_scene_are_one_group_and_rows_without_one_are_each_their_own(run: Run) -> None:
    table = read_rows(
        run(
            [
                verdict("p1", scene="s"),
                verdict("p2", scene="s"),
                verdict("p3", scene=""),
                verdict("p4", scene=""),
            ]
        )
    )
    assert table.size == 3
    assert table.blocks[0] == table.blocks[1]


def test_columns_group_rows_and_rows_without_a_value_are_left_out(run: Run) -> None:
    rows = [verdict("p1", columns={"set": "x"}), verdict("p2", columns={"set": "y"}), verdict("p3")]
    table = read_rows(run(rows), columns=("set",))
    assert {value: len(part) for value, part in table.groups("set")} == {"x": 1, "y": 1}


def test_a_column_of_too_many_values_is_refused(run: Run) -> None:
    rows = [verdict(f"p{at}", columns={"name": f"n{at}"}) for at in range(MOST_VALUES + 1)]
    with pytest.raises(BadInput, match="the column 'name' has more than 500 different values"):
        read_rows(run(rows), columns=("name",))


def test_the_hash_of_labels_knows_no_order_but_every_label(run: Run) -> None:
    rows = [verdict("p1", label="a"), verdict("p2", label="b")]
    first = read_rows(run(rows)).labels_hash
    assert read_rows(run(rows[::-1], "turned")).labels_hash == first
    assert read_rows(run([rows[0], verdict("p2", label="a")], "other")).labels_hash != first


def test_a_share_that_is_none_is_named_with_its_line(run: Run) -> None:
    rows = [verdict("p0"), verdict("p1", columns={"share": 80})]
    with pytest.raises(BadInput, match=r"rows\.jsonl:2: found the share 80; expected a number from 0 to 1"):
        read_rows(run(rows))
