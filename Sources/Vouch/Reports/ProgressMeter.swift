/// The line of progress: what is done, how fast, and how long it will take.
///
/// The time is handed in, in seconds of any clock that only goes forward.
public struct ProgressMeter {
  private var label = ""
  private var began = 0.0
  private var bytes = 0
  private var expected = 0
  private var records = 0
  /// Bytes of the evidence that was read before this item, and when reading began.
  private var readBefore = 0
  private var readingBegan: Double?

  public init() {}

  /// Takes a step in and returns the line to be shown now.
  public mutating func line(_ progress: WorkProgress, at time: Double) -> String {
    switch progress {
    case .source(let name, let index, let count):
      start("collecting \(name) (\(index + 1)/\(count))", at: time)
    case .expected(let files, let total):
      label += files == 1 ? ", 1 file" : ", \(files) files"
      expected = total
    case .bytes(let n): bytes += n
    case .reading(let name, let index, let count, let before, let total):
      if readingBegan == nil { readingBegan = time }
      start(
        "reading \(name)" + (count > 0 ? " (\(index + 1)/\(count))" : ""), at: time)
      readBefore = before
      expected = total
    case .records(let n): records += n
    case .took: break
    case .stage(let name):
      start(name, at: time)
    }
    return ([label] + amounts(time)).joined(separator: ", ")
  }

  private mutating func start(_ label: String, at time: Double) {
    self.label = label
    began = time
    bytes = 0
    expected = 0
    records = 0
  }

  private func amounts(_ time: Double) -> [String] {
    let seconds = time - began
    var parts: [String] = []
    if bytes > 0 {
      parts.append(
        expected > bytes ? "\(Self.size(bytes)) of \(Self.size(expected))" : Self.size(bytes))
      if seconds > 0.2 { parts.append("\(Self.size(Int(Double(bytes) / seconds)))/s") }
      parts += Self.left(done: bytes, of: expected, in: seconds)
    }
    if records > 0 {
      parts.append("\(Self.grouped(records)) records")
      if seconds > 0.2 { parts.append("\(Self.grouped(Int(Double(records) / seconds)))/s") }
    }
    if let readingBegan, readBefore > 0 {
      parts += Self.left(done: readBefore, of: expected, in: time - readingBegan)
    }
    return parts
  }

  /// What remains at the speed so far; nothing while too little is known.
  private static func left(done: Int, of total: Int, in seconds: Double) -> [String] {
    guard total > done, done > 0, seconds > 0.5 else { return [] }
    let rest = seconds * Double(total - done) / Double(done)
    return ["\(duration(rest)) left"]
  }

  static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded(.up))
    return whole < 60
      ? "\(whole) s" : whole < 3600 ? "\((whole + 59) / 60) min" : "\(whole / 3600) h"
  }

  /// Bytes in the largest unit that leaves a whole number.
  public static func size(_ bytes: Int) -> String {
    if bytes >= 1 << 30 {
      return "\(Double(bytes * 10 >> 30) / 10) GiB"
    }
    return bytes >= 1 << 20
      ? "\(bytes >> 20) MiB" : bytes >= 1 << 10 ? "\(bytes >> 10) KiB" : "\(bytes) bytes"
  }

  /// 1234567 as 1,234,567.
  public static func grouped(_ number: Int) -> String {
    var digits = String(number)
    var at = digits.count - 3
    while at > 0 {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: at))
      at -= 3
    }
    return digits
  }
}
