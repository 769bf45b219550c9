import VouchModel

/// A sensor's stream of events: when it last spoke, and the longest time it was silent.
///
/// A day without any event is a sensor that is down, not a quiet day.
struct EventStream {
  private(set) var first: Instant?
  private(set) var last: Instant?
  private(set) var longestGap: Int64 = 0

  /// Events are logged nearly in order; one that is late fills no gap that is behind it.
  mutating func take(_ time: Instant) {
    if let last {
      longestGap = max(longestGap, time.seconds - last.seconds)
      if time > last { self.last = time }
    } else {
      first = time
      last = time
    }
  }

  /// Nil for a single event: a gap needs two ends.
  var maxGapSeconds: Int? { first == last ? nil : Int(longestGap) }
}

/// A counter that grows until its process starts again.
struct RunningCounter {
  private var previous: Double?
  private(set) var total: Double = 0
  private var onlyValue: Double = 0

  mutating func take(_ value: Double) {
    if let previous {
      total += value >= previous ? value - previous : value
      onlyValue = total
    } else {
      onlyValue = value
    }
    previous = value
  }

  /// What was counted between the first value and the last; of a single value, the value itself.
  var counted: Double { onlyValue }
}
