import Foundation
import VouchModel

/// Parses a large `.nessus` file in parts, several at the same time, and understands the parts in
/// the file's order.
///
/// A part begins with the start tag of a ReportHost. It is right to cut there if every part is
/// well-formed between a made-up beginning and end: inside a comment, a CDATA section or another
/// element it would not be. At the first part that is not, the rest of the file is read as one, so
/// that what is reported of a spoilt file does not depend on the parts.
///
/// Where the file is cut depends on its bytes alone, never on the machine.
struct NessusParts {
  let item: EvidenceItem
  /// Bytes a part has at least.
  var size = 8 << 20
  /// How many parts are parsed at the same time.
  var workers = min(4, ProcessInfo.processInfo.activeProcessorCount)

  private static let before = Array(
    "<NessusClientData_v2><Report xmlns:cm=\"http://www.nessus.org/cm\">".utf8)
  private static let after = Array("</Report></NessusClientData_v2>".utf8)

  init(_ item: EvidenceItem) { self.item = item }

  /// Reads the file; nil when it was read to its end.
  func read(_ replay: NessusReplay, _ reading: Reading) throws -> Diagnostic? {
    guard item.size >= 2 * size, try canBeCut() else {
      return try readRest(from: 0, replay, reading)
    }
    let queue = PartQueue(ahead: workers + 2)
    for _ in 0..<workers {
      let thread = Thread { work(queue) }
      thread.stackSize = 8 << 20
      thread.start()
    }
    defer { queue.stop() }
    while true {
      let part = queue.next()
      guard let log = part.log else { return try readRest(from: part.start, replay, reading) }
      replay.play(log)
      replay.line += part.lines
      reading.replacedBytes += part.replacedBytes
      if part.isLast { return nil }
    }
  }

  /// Reads all that follows `start` as one part.
  private func readRest(
    from start: Int, _ replay: NessusReplay, _ reading: Reading
  ) throws -> Diagnostic? {
    let lines = replay.line
    let part =
      start == 0
      ? XMLPart() : XMLPart(range: start..<Int.max, before: Self.before, linesBefore: lines)
    let stream = XMLStream(item, format: NessusCollector.format, part: part)
    let log = NessusLog()
    log.whenFull = { [unowned log] in replay.play(log) }
    let outcome = try stream.read(NessusHandler(stream, log, isContinued: start > 0))
    replay.play(log)
    reading.replacedBytes += outcome.replacedBytes
    return outcome.problem
  }

  /// Only where every part is in UTF-8 without saying so.
  private func canBeCut() throws -> Bool {
    try item.head(512).withUnsafeBytes { UTF8Repair.declaresUTF8($0) }
  }

  // MARK: Parsing

  private func work(_ queue: PartQueue) {
    while let (index, start) = queue.claim() {
      let end = Self.boundary(item, from: start + size)
      queue.found(end: end, of: index)
      queue.put(parse(start, end), at: index)
    }
  }

  private func parse(_ start: Int, _ end: Int?) -> ParsedPart {
    let part = XMLPart(
      range: start..<(end ?? Int.max), before: start == 0 ? [] : Self.before,
      after: end == nil ? [] : Self.after, readsAhead: false)
    let stream = XMLStream(item, format: NessusCollector.format, part: part)
    let log = NessusLog()
    let handler = NessusHandler(stream, log, isContinued: start > 0)
    var parsed = ParsedPart(start: start, isLast: end == nil)
    guard let outcome = try? stream.read(handler), outcome.problem == nil else { return parsed }
    parsed.log = log
    parsed.lines = handler.lastLine - 1
    parsed.replacedBytes = outcome.replacedBytes
    return parsed
  }

  private static let tag = Array("<ReportHost".utf8)

  private static func position(of tag: [UInt8], in bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress else { return nil }
    var at = 0
    while at + tag.count <= bytes.count {
      guard let hit = memchr(base + at, Int32(tag[0]), bytes.count - at - tag.count + 1) else {
        return nil
      }
      at = UnsafeRawPointer(hit) - base
      if memcmp(hit, tag, tag.count) == 0 { return at }
      at += 1
    }
    return nil
  }

  /// Where the first ReportHost at or after `start` begins; nil when none does.
  static func boundary(_ item: EvidenceItem, from start: Int) -> Int? {
    var found: Int?
    try? item.withReader(start..<Int.max) { read in
      let size = 1 << 16
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
      defer { buffer.deallocate() }
      var kept = 0
      var offset = start
      while found == nil {
        let count = try read(UnsafeMutableRawBufferPointer(rebasing: buffer[kept...]))
        if count == 0 { break }
        let all = UnsafeRawBufferPointer(rebasing: buffer[..<(kept + count)])
        found = position(of: tag, in: all).map { offset + $0 }
        kept = min(tag.count - 1, all.count)
        offset += all.count - kept
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: all.suffix(kept)))
      }
    }
    return found
  }
}

/// What came of one part. It is handed from the thread that parsed it to the one that reads.
private struct ParsedPart: @unchecked Sendable {
  let start: Int
  let isLast: Bool
  /// nil: the part is no document of its own.
  var log: NessusLog?
  var lines = 0
  var replacedBytes = 0

  init(start: Int, isLast: Bool) {
    self.start = start
    self.isLast = isLast
  }
}

/// The parts of one file on their way: begun in their order, taken in their order.
private final class PartQueue: @unchecked Sendable {
  // Everything below is guarded by `condition`.
  private let condition = NSCondition()
  /// Where the part that nobody has claimed begins; nil while nobody knows, and after the last.
  private var start: Int? = 0
  private var claimed = 0
  private var taken = 0
  private var parsed: [Int: ParsedPart] = [:]
  private var isOver = false
  private let ahead: Int

  init(ahead: Int) { self.ahead = ahead }

  /// The next part to parse; nil when there is none. Waits while too many are parsed already.
  func claim() -> (index: Int, start: Int)? {
    condition.lock()
    defer { condition.unlock() }
    while !isOver, start == nil || claimed >= taken + ahead { condition.wait() }
    guard !isOver, let begin = start else { return nil }
    start = nil
    claimed += 1
    return (claimed - 1, begin)
  }

  /// Where the part ends and so the next one begins; nil: it is the last.
  func found(end: Int?, of index: Int) {
    condition.lock()
    start = end
    if end == nil { isOver = true }
    condition.broadcast()
    condition.unlock()
  }

  func put(_ part: ParsedPart, at index: Int) {
    condition.lock()
    parsed[index] = part
    condition.broadcast()
    condition.unlock()
  }

  /// The next part in the file's order.
  func next() -> ParsedPart {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let part = parsed.removeValue(forKey: taken) {
        taken += 1
        condition.broadcast()
        return part
      }
      condition.wait()
    }
  }

  func stop() {
    condition.lock()
    isOver = true
    condition.broadcast()
    condition.unlock()
  }
}
