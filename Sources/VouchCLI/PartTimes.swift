import Foundation
import Vouch

/// How long each part of a long work took, told from what its progress said: by the clock, and
/// in time of the processor, which is more where two cores worked and less where one waited.
struct PartTimes {
  private let clock = ContinuousClock()
  private var parts: [(name: String, seconds: Double, processor: Double)] = []
  private var begun: ContinuousClock.Instant
  private var used = Self.processor()

  init() { begun = clock.now }

  /// Takes note of a step; the same part with another share done goes on.
  mutating func begin(_ step: WorkProgress) {
    guard case .stage(let text) = step else { return }
    let name = text.split(separator: " ").prefix { $0.first?.isNumber != true }
      .joined(separator: " ")
    if parts.last?.name == name { return }
    end()
    parts.append((name, 0, 0))
  }

  /// One line a part, in the order in which they were begun.
  mutating func lines() -> [String] {
    end()
    return parts.map {
      String(format: "%7.3f s, processor %7.3f s  ", $0.seconds, $0.processor) + $0.name
    }
  }

  private mutating func end() {
    let (now, processor) = (clock.now, Self.processor())
    if !parts.isEmpty {
      parts[parts.count - 1].seconds += begun.duration(to: now) / .seconds(1)
      parts[parts.count - 1].processor += processor - used
    }
    (begun, used) = (now, processor)
  }

  private static func processor() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
