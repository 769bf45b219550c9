import VouchModel

/// How the times of one column are written, told from examples.
enum TimeLayout: Equatable {
  /// ISO 8601 or epoch seconds: no layout has to be named.
  case plain(isZoned: Bool)
  /// A ``TimePattern``.
  case pattern(String, isZoned: Bool)
  /// Layouts that fit every example and read them differently: day and month cannot be told apart.
  case ambiguous([String], isZoned: Bool)

  var isZoned: Bool {
    switch self {
    case .plain(let zoned), .pattern(_, let zoned), .ambiguous(_, let zoned): zoned
    }
  }

  /// Nil when no layout reads all of them.
  init?(of examples: Set<String>) {
    guard let any = examples.first, examples.allSatisfy({ $0.utf8.count <= 40 }) else { return nil }
    if let isZoned = Self.plainZone(examples) {
      self = .plain(isZoned: isZoned)
      return
    }
    var found: [(pattern: String, isZoned: Bool, times: [WrittenTime])] = []
    let isSerial = examples.allSatisfy {
      Double($0).map { (30_000..<80_000).contains($0) } ?? false
    }
    for (pattern, layout) in isSerial ? Self.serial : Self.patterns {
      var times: [WrittenTime] = []
      // The first that does not fit settles it.
      if layout.read(any) == nil { continue }
      for example in examples.sorted() {
        guard let time = layout.read(example) else { break }
        times.append(time)
      }
      if times.count == examples.count {
        found.append((pattern, times.allSatisfy { $0.instant != nil }, times))
      }
    }
    guard let first = found.first else { return nil }
    // Two layouts that give the same times are the same answer.
    let others = found.filter { $0.times != first.times }
    self =
      others.first.map { .ambiguous([first.pattern, $0.pattern], isZoned: first.isZoned) }
      ?? .pattern(first.pattern, isZoned: first.isZoned)
  }

  /// Whether the times that need no layout have a zone; nil when some are not of this kind.
  private static func plainZone(_ examples: Set<String>) -> Bool? {
    var isZoned = true
    for text in examples {
      if let time = WrittenTime(iso: text) {
        isZoned = isZoned && time.instant != nil
      } else if text != "0" {
        guard text.utf8.count >= 9, text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 0x2E }),
          epochInstant(text) != nil
        else { return nil }
      }
    }
    return isZoned
  }

  /// Every layout that is tried; of two that read the same, the stricter one comes first.
  private static let patterns: [(String, TimePattern)] = {
    let dates = [
      "yyyy/MM/dd", "yyyyMMdd", "dd.MM.yyyy", "d.M.yyyy", "dd.MM.yy", "MM/dd/yyyy", "M/d/yyyy",
      "MM/dd/yy", "M/d/yy", "dd/MM/yyyy", "d/M/yyyy", "dd/MM/yy", "d/M/yy", "dd-MM-yyyy",
      "d-M-yyyy", "MM-dd-yyyy", "M-d-yyyy", "dd-MMM-yyyy", "d-MMM-yyyy", "dd-MMM-yy", "d-MMM-yy",
      "dd/MMM/yy", "d/MMM/yy", "dd/MMM/yyyy", "d MMM yyyy", "MMM d, yyyy", "MMM d yyyy",
      "EEE, d MMM yyyy", "EEE MMM d yyyy", "yyyy-M-d",
    ]
    let clocks = [
      "", " HH:mm:ss", " HH:mm", " H:mm:ss", " H:mm", " hh:mm:ss a", " h:mm:ss a", " hh:mm a",
      " h:mm a", ", HH:mm:ss", ", h:mm:ss a", "'T'HH:mm:ss", " HH:mm:ss Z", " HH:mm:ss.S",
    ]
    let all =
      dates.flatMap { date in clocks.map { date + $0 } }
      + ["EEE MMM d HH:mm:ss yyyy", "EEE, d MMM yyyy HH:mm:ss Z"]
    return all.compactMap { text in TimePattern(text).map { (text, $0) } }
  }()
  private static let serial = [TimePattern("excel")].compactMap { $0.map { ("excel", $0) } }
}
