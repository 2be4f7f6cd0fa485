package kobai.optimisers;

import kobai.memory.StateExchange;

/**
 * A rule at the learning rate of the iteration.
 *
 * <pre>
 * ηₜ = η f(t),   t = 0, 1, …     (1)
 * </pre>
 */
final class ScheduledOptimiser implements Optimiser {
  private final UpdateRule rule;
  private final double rate;
  private final Schedule schedule;
  private long iteration;

  ScheduledOptimiser(UpdateRule rule, double rate, Schedule schedule) {
    this.rule = rule;
    this.rate = rate;
    this.schedule = schedule;
  }

  @Override
  public void update(float[] theta, float[] gradient) {
    rule.update(theta, gradient, rate * schedule.factor(iteration));
    iteration++;
  }

  @Override
  public void exchange(StateExchange state) {
    iteration = state.number("iteration", iteration);
    rule.exchange(state);
  }
}
