import VouchModel

/// One series of a Prometheus answer: its labels and its samples.
struct PrometheusSeries {
  var labels: [String: String]
  /// Value nil: `NaN` or infinite, no measurement.
  var samples: [(t: Instant, value: Double?)]
  let place: String

  /// Nil when the series holds no samples of numbers (native histograms).
  init?(_ json: JSON, at place: String) {
    labels = Dictionary(
      (json["metric"].object ?? []).map { ($0.key, $0.value.text ?? "") },
      uniquingKeysWith: { _, last in last })
    guard let pairs = json["values"].array ?? json["value"].array.map({ [.array($0)] }) else {
      return nil
    }
    self.place = place
    samples = pairs.compactMap { pair in
      pair[0].instant.map { ($0, pair[1].real) }
    }
  }

  var name: String? { labels["__name__"] }

  /// The labels that tell one target from another, without the name, as a stable text.
  var target: String { text(ofLabelsExcept: ["__name__"]) }

  func text(ofLabelsExcept left: Set<String>) -> String {
    labels.filter { !left.contains($0.key) }.sorted { $0.key < $1.key }
      .map { "\($0.key)=\(JSONText.quoted($0.value))" }.joined(separator: ",")
  }

  /// The distance of most neighbours, in seconds; nil for fewer than two samples.
  var step: Int? {
    var counts: [Int64: Int] = [:]
    for (a, b) in zip(samples, samples.dropFirst()) {
      counts[b.t.seconds - a.t.seconds, default: 0] += 1
    }
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }.map { Int($0.key) }
  }
}

/// A duration as Prometheus writes it: `60`, `60.0`, `30s`, `5m`, `1h30m`; in seconds.
func prometheusDuration(_ text: String) -> Int? {
  if let seconds = Double(text) { return seconds > 0 ? Int(exactly: seconds.rounded(.down)) : nil }
  var total = 0
  var rest = text[...]
  while !rest.isEmpty {
    let digits = rest.prefix(while: \.isNumber)
    rest = rest[digits.endIndex...]
    let unit = rest.prefix { !$0.isNumber }
    rest = rest[unit.endIndex...]
    let sizes = ["s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800]
    guard let count = Int32(digits), let size = sizes[String(unit)] else { return nil }
    total += Int(count) * size
  }
  return total > 0 ? total : nil
}
