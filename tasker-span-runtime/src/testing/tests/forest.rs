use super::{TASK, capture, captured, made, of_task, root_id};
use crate::identity::SpanId;
use crate::testing::{CapturedSpan, Tree, TreeText};

#[test]
fn siblings_are_ordered_by_start_time_and_then_by_name() {
    let spans = captured([
        made("late", 4).child_of(1).at(5, 6),
        made("b", 3).child_of(1).at(2, 3),
        made("a", 2).child_of(1).at(2, 9),
        made("root", 1).at(0, 9),
    ]);
    assert_eq!(spans.to_tree_text(), "root\n  a\n  b\n  late\n");
}

#[test]
fn equal_spans_keep_the_order_in_which_they_ended() {
    let twin = |id, number| made("twin", id).with("number", number);
    let spans = captured([twin(9, 1), twin(3, 2), twin(5, 3)]);
    let numbers = spans.iter().filter_map(|span| span.integer("number"));
    assert_eq!(numbers.collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn each_trace_has_a_tree_of_its_own() {
    let spans = captured([
        made("second", 1).trace(2).at(5, 6),
        made("first", 1).trace(7).at(1, 6),
        made("child", 2).trace(2).child_of(1).at(5, 6),
        // The same parent id in another trace is another span.
        made("orphan", 2).trace(7).child_of(3).at(5, 6),
    ]);
    let expected = "first\n(parent not captured)\n  orphan\n\nsecond\n  child\n";
    assert_eq!(spans.to_tree_text(), expected);
    assert_eq!(spans.trees().len(), 2);
}

#[test]
fn several_roots_of_one_trace_are_siblings() {
    let spans = captured([made("a", 1), made("b", 2), made("a.child", 3).child_of(1)]);
    assert_eq!(spans.to_tree_text(), "a\n  a.child\nb\n");
    assert_eq!(spans.trees()[0].root().map(CapturedSpan::name), Some("a"));
}

#[test]
fn orphans_follow_a_description_of_their_parent() {
    let orphans = [
        made("x", 2).child_of(50).at(1, 2),
        made("y", 3).child_of(50).at(3, 4),
        made("z", 4).child_of(60).at(2, 4),
        made("z.child", 5).child_of(4).at(2, 4),
    ];
    let spans = capture(orphans, [("busy", 1, 60), ("elsewhere", 2, 50)]);
    let expected = "\
(parent not captured)
  x
  y
(busy: not ended)
  z
    z.child
";
    assert_eq!(spans.to_tree_text(), expected);
}

#[test]
fn a_root_that_is_not_emitted_yet_is_known_by_its_derived_id() {
    let spans = captured([of_task("task.state_transition", 2)]);
    let expected = "(task.orchestration: not captured)\n  task.state_transition\n";
    assert_eq!(spans.to_tree_text(), expected);
    assert!(spans.tree_of(TASK).root().is_none());
    let parent = spans.one().parent_span_id();
    assert_eq!(parent.map(SpanId::to_u64), Some(root_id()));
}

#[test]
fn a_parent_that_a_filter_left_out_is_named() {
    let spans = captured([made("a", 1), made("b", 2).child_of(1), made("c", 3).child_of(2)]);
    assert_eq!(spans.named("c").to_tree_text(), "(b: not selected)\n  c\n");
}

#[test]
fn cycles_are_cut_at_their_first_span() {
    let spans = captured([
        made("c", 3).child_of(2).at(3, 9),
        made("a", 1).child_of(3).at(1, 9),
        made("b", 2).child_of(1).at(2, 9),
        // A descendant of the cycle that began before it.
        made("descendant", 4).child_of(2).at(0, 9),
        made("self", 5).child_of(5).at(4, 9),
    ]);
    let expected = "\
(each other's parents)
  a
    b
      descendant
      c
(each other's parents)
  self
";
    assert_eq!(spans.to_tree_text(), expected);
    assert_eq!(spans.trees()[0].len(), 5);
}

#[test]
fn an_id_used_twice_loses_no_span() {
    let spans = captured([made("a", 1), made("again", 1), made("child", 2).child_of(1)]);
    assert_eq!(spans.to_tree_text(), "a\n  child\nagain\n");
}

#[test]
fn a_tree_of_any_depth_is_built_without_recursion() {
    let chain = (1..=100_000).map(|id| made("link", id).child_of(id - 1));
    let tree = captured(chain).trees().remove(0);
    assert_eq!(tree.walk().map(|(depth, _)| depth).max(), Some(99_999));
}

#[test]
fn a_path_begins_at_the_root() {
    let (c, d) = (made("c", 3).child_of(2), made("d", 4).child_of(9));
    let spans = captured([made("a", 1), made("b", 2).child_of(1), c, d]);
    let tree = &spans.trees()[0];
    assert_eq!(tree.path(&spans.named("c").one()), "a › b › c");
    assert_eq!(tree.path(&spans.named("d").one()), "… › d");
    let other = captured([made("a", 1).trace(2)]);
    assert_eq!(tree.path(&other.named("a").one()), "");
}

#[test]
fn nothing_captured_is_no_tree() {
    let spans = captured([]);
    assert!(spans.trees().is_empty() && spans.tree_of(TASK).is_empty());
    assert_eq!(spans.to_tree_text(), "");
}

proptest::proptest! {
    /// With any ids, no span is lost and nothing loops.
    #[test]
    fn every_span_has_its_line(ids in proptest::collection::vec((1_u64..8, 0_u64..8, 1_u128..3, 0_u64..4), 0..12)) {
        let count = ids.len();
        let make = |(id, parent, trace, start)| made("a", id).trace(trace).child_of(parent).at(start, 9);
        let spans = captured(ids.into_iter().map(make));
        let trees = spans.trees();
        proptest::prop_assert_eq!(trees.iter().map(Tree::len).sum::<usize>(), count);
        for text in [spans.to_tree_text(), TreeText::of(trees).width(60).render()] {
            let lines = text.lines().filter(|line| line.contains('a') && !line.contains('(')).count();
            proptest::prop_assert_eq!(lines, count);
        }
        spans.check_complete();
    }
}
