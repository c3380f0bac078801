//! Measured rates over the identities that Tasker has. The seeds are fixed: all runs measure alike.

use proptest::prelude::*;
use uuid::{Builder, Uuid, Version};

use super::decision::Decision;
use super::randomness::Randomness;
use super::rates::Rates;
use super::settings::Sampling;
use super::threshold::Threshold;
use crate::identity;
use crate::identity::intern::intern;

const RATES: [f64; 6] = [0.0001, 0.01, 0.1, 0.5, 0.9, 1.0];
const COUNT: u32 = 200_000;

/// `SplitMix64`: a generator with a fixed sequence.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn bytes(&mut self) -> [u8; 16] {
        (u128::from(self.next()) << 64 | u128::from(self.next())).to_be_bytes()
    }
}

type Uuids = Box<dyn Iterator<Item = Uuid>>;

fn each(uuid: impl FnMut(u32) -> Builder + 'static) -> Uuids {
    Box::new((0..COUNT).map(uuid).map(Builder::into_uuid))
}

/// The kinds of UUIDs that tasks and steps have, and the most regular ones that are possible.
fn kinds() -> [(&'static str, Uuids); 6] {
    const MORNING: u64 = 1_760_000_000_000;
    let v7 = Builder::from_unix_timestamp_millis;
    let tail = |random: &mut Random| -> [u8; 10] { std::array::from_fn(|index| random.bytes()[index]) };
    let counter = |index: u32| -> [u8; 10] {
        let mut bytes = [0; 10];
        bytes[6..].copy_from_slice(&index.to_be_bytes());
        bytes
    };
    let (mut a, mut b) = (Random(1), Random(2));
    let version_4 = |index: u32| Builder::from_u128(index.into()).with_version(Version::Random);
    [
        ("v4", each(move |_| Builder::from_random_bytes(a.bytes()))),
        ("v7", each(move |i| v7(MORNING + u64::from(i) / 7, &tail(&mut b)))),
        ("v7, counted", each(move |i| v7(MORNING, &counter(i)))),
        (
            "v7, all but the time zero",
            each(move |i| v7(MORNING + u64::from(i), &[0; 10])),
        ),
        ("v4, counted in the low bits", each(version_4)),
        (
            "counted in the high bits",
            each(|i| Builder::from_u128(u128::from(i) << 96)),
        ),
    ]
}

/// The sampled share of `count` is within 4 standard errors of the rate.
#[track_caller]
fn assert_measured(sampled: u32, count: u32, rate: f64, what: &str) {
    let (sampled, count) = (f64::from(sampled), f64::from(count));
    let error = 4.0 * (count * rate * (1.0 - rate)).sqrt();
    let expected = count * rate;
    assert!(
        (sampled - expected).abs() <= error,
        "{what} at {rate}: {sampled} sampled, expected {expected} ± {error}"
    );
}

fn of_task(task: Uuid) -> Randomness {
    Randomness::of_trace(identity::trace_id(task))
}

/// What a collector compares with the threshold.
fn written(decision: &Decision, task: Uuid) -> Randomness {
    decision.randomness.unwrap_or_else(|| of_task(task))
}

#[test]
fn measured_rates_of_steps_and_of_tasks() {
    let thresholds = RATES.map(|rate| Threshold::from_rate(rate).unwrap());
    for (kind, uuids) in kinds() {
        let mut sampled = [[0_u32; RATES.len()]; 2];
        let mut count = 0;
        for uuid in uuids {
            count += 1;
            for (sampled, randomness) in sampled.iter_mut().zip([Randomness::of_step(uuid), of_task(uuid)]) {
                for (sampled, threshold) in sampled.iter_mut().zip(thresholds) {
                    *sampled += u32::from(threshold.samples(randomness));
                }
            }
        }
        assert_eq!(count, COUNT);
        for (sampled, what) in sampled.into_iter().zip(["steps", "tasks"]) {
            for (sampled, rate) in sampled.into_iter().zip(RATES) {
                assert_measured(sampled, COUNT, rate, &format!("{what}, {kind}"));
            }
            assert_eq!(sampled[RATES.len() - 1], COUNT, "{what}, {kind}: 1 is all");
        }
    }
}

#[test]
fn zero_is_nothing_and_one_is_all() {
    let nothing = Rates::new(&Sampling::new().task_rate(0.0).step_rate(0.0));
    let no_steps = Rates::new(&Sampling::new().step_rate(0.0));
    let all = Rates::new(&Sampling::new());
    for (_, uuids) in kinds() {
        for uuid in uuids.take(10_000) {
            let decide = |rates: &Rates| {
                let task = rates.decide_task(|| identity::trace_id(uuid));
                let (step, _) = rates.decide_step(&task, uuid, None);
                assert_eq!(step.is_certain(), step.sampled);
                (task.sampled, step.sampled)
            };
            let expected = [(false, false), (true, false), (true, true)];
            assert_eq!([&nothing, &no_steps, &all].map(decide), expected);
        }
    }
}

/// The share of steps is the product of both rates, and so is the rate of the written threshold.
/// The written randomness is uniform, whatever was decided.
#[test]
fn measured_rates_of_steps_in_sampled_tasks() {
    const STEPS: u32 = 4;
    for (task_rate, step_rate) in [(0.5, 0.1), (0.1, 0.5), (0.9, 0.01), (0.01, 0.9), (0.3, 1.0), (1.0, 0.3)] {
        let sampling = Sampling::new().task_rate(task_rate);
        let rates = Rates::new(&sampling.namespace_rate("measured", step_rate));
        let product = task_rate * step_rate;
        let mut random = Random(3);
        let (mut sampled, mut sampled_tasks, mut below) = (0, 0, [0_u32; 9]);
        for index in 0..COUNT / STEPS {
            let task_uuid = Uuid::from_u128(index.into());
            let task = rates.decide_task(|| identity::trace_id(task_uuid));
            sampled_tasks += u32::from(task.sampled);
            let steps = std::array::from_fn::<_, { STEPS as usize }, _>(|_| {
                let step = Builder::from_random_bytes(random.bytes()).into_uuid();
                rates.decide_step(&task, step, Some(&intern("measured"))).0
            });
            for step in &steps {
                assert!(task.sampled || !step.sampled, "a sampled step in an unsampled task");
                assert!((step.threshold.rate() - product).abs() < 1e-15);
                assert_eq!(step.threshold.samples(written(step, task_uuid)), step.sampled);
                sampled += u32::from(step.sampled);
            }
            for (below, tenth) in below.iter_mut().zip(1..) {
                let limit = Threshold::from_rate(f64::from(tenth) / 10.0).unwrap();
                *below += u32::from(limit.samples(written(&steps[0], task_uuid)));
            }
        }
        assert_measured(sampled_tasks, COUNT / STEPS, task_rate, "tasks");
        // Steps share the decision on their task, so that the samples are tasks.
        let variance =
            f64::from(STEPS) * product * ((1.0 - step_rate) + f64::from(STEPS) * step_rate * (1.0 - task_rate));
        let error = 4.0 * (f64::from(COUNT / STEPS) * variance).sqrt();
        let expected = f64::from(COUNT) * product;
        assert!(
            (f64::from(sampled) - expected).abs() <= error,
            "{task_rate} · {step_rate}: {sampled}, not {expected} ± {error}"
        );
        for (below, tenth) in below.into_iter().zip(1..) {
            let what = format!("randomness as written of steps, {task_rate} · {step_rate}");
            assert_measured(below, COUNT / STEPS, f64::from(tenth) / 10.0, &what);
        }
    }
}

/// The randomness of a step depends neither on that of a task with its UUID nor on the next step's.
#[test]
fn randomness_is_independent() {
    let half = Threshold::from_rate(0.5).unwrap();
    for (kind, uuids) in kinds() {
        let (mut with_task, mut with_next, mut last) = (0, 0, false);
        for uuid in uuids {
            let step = half.samples(Randomness::of_step(uuid));
            with_task += u32::from(step == half.samples(of_task(uuid)));
            with_next += u32::from(step == last);
            last = step;
        }
        assert_measured(with_task, COUNT, 0.5, &format!("step and task, {kind}"));
        assert_measured(with_next, COUNT, 0.5, &format!("step and next step, {kind}"));
    }
}

fn any_rate() -> impl Strategy<Value = f64> {
    prop_oneof![4 => 0.0..=1.0, 2 => prop::sample::select(RATES.to_vec()), 1 => Just(0.0), 2 => (0_i32..60).prop_map(|n| 2_f64.powi(-n))]
}

fn uuid() -> impl Strategy<Value = Uuid> {
    prop_oneof![any::<u128>(), 0..1000_u128].prop_map(Uuid::from_u128)
}

proptest! {
    #[test]
    fn all_calls_and_processes_decide_alike(
        task in uuid(), step in uuid(), rates in (any_rate(), any_rate(), any_rate()), name in "[a-c]?",
    ) {
        let sampling = || Sampling::new().task_rate(rates.0).step_rate(rates.1).namespace_rate("a", rates.2);
        let decide = |rates: &Rates| {
            let of_task = rates.decide_task(|| identity::trace_id(task));
            (of_task, rates.decide_step(&of_task, step, Some(&intern(&name))).0)
        };
        let here = Rates::new(&sampling());
        let other = sampling().namespace_rate("b", rates.1).discard_errors();
        let elsewhere = Rates::new(&other);
        prop_assert_eq!(decide(&here), decide(&here));
        prop_assert_eq!(decide(&here), decide(&elsewhere));
    }

    #[test]
    fn higher_rates_sample_whatever_lower_rates_sample(
        task in uuid(), step in uuid(), a in (any_rate(), any_rate()), b in (any_rate(), any_rate()),
    ) {
        let decide = |task_rate, step_rate| {
            let rates = Rates::new(&Sampling::new().task_rate(task_rate).step_rate(step_rate));
            let of_task = rates.decide_task(|| identity::trace_id(task));
            (of_task.sampled, rates.decide_step(&of_task, step, None).0.sampled)
        };
        let (low, high) = (decide(a.0.min(b.0), a.1.min(b.1)), decide(a.0.max(b.0), a.1.max(b.1)));
        prop_assert!((!low.0 || high.0) && (!low.1 || high.1), "{low:?} {high:?}");
    }

    #[test]
    fn the_written_values_of_a_step_tell_its_decision(task in uuid(), step in uuid(), rates in (any_rate(), any_rate())) {
        let compiled = Rates::new(&Sampling::new().task_rate(rates.0).step_rate(rates.1));
        let of_task = compiled.decide_task(|| identity::trace_id(task));
        let (decision, _) = compiled.decide_step(&of_task, step, None);
        let own = Threshold::from_rate(rates.1).unwrap().samples(Randomness::of_step(step));
        prop_assert_eq!(decision.sampled, of_task.sampled && own);
        prop_assert_eq!(decision.threshold.samples(written(&decision, task)), decision.sampled);
        prop_assert!(decision.threshold >= of_task.threshold, "not above its task's");
        let (rate, product) = (decision.threshold.rate(), rates.0 * rates.1);
        // An `f64` has 53 bits, and a threshold 56 after the point.
        let rounded = product * 2_f64.powi(-51) + 2_f64.powi(-55);
        prop_assert!((rate - product).abs() <= rounded, "{rate} for {product}");
        prop_assert_eq!(of_task.threshold.samples(written(&decision, task)), of_task.sampled);
    }
}
