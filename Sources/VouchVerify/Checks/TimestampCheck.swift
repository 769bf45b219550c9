import Foundation
import VouchModel

/// The RFC 3161 time stamp over the signature: who else knows when the package was there.
///
/// `openssl ts` decides.
struct TimestampCheck {
  private let context: Context
  private var check = Check("timestamp", "A time stamp proves when the package was signed")
  private var time: Instant?
  private let file = PackageLayout.timestamp

  /// The check, and the time that was proven.
  static func run(_ context: Context) -> (Check, Instant?) {
    var run = TimestampCheck(context: context)
    run.examine()
    return (run.check, run.check.findings.isEmpty ? run.time : nil)
  }

  private init(context: Context) {
    self.context = context
  }

  private mutating func examine() {
    let authority = context.options.authority
    guard context.package.has(file) else {
      if authority == nil {
        check = check.skipping("the package has no time stamp")
      } else {
        check.find("missing", file, "the package has no time stamp")
      }
      return
    }
    guard let authority else {
      check = check.skipping("no certificate of a time-stamping authority was given")
      return
    }
    guard let reply = context.bytes(file, limit: 1 << 20, for: &check),
      let signature = context.bytes(PackageLayout.signature, limit: 1 << 20, for: &check)
    else { return }
    do {
      let scratch = try Scratch()
      ask(
        try scratch.write(reply, as: "reply"), try scratch.write(signature, as: "signature"),
        URL(fileURLWithPath: authority).path)
    } catch {
      check.find("unreadable", file, "cannot be handed to openssl")
    }
  }

  private mutating func ask(_ reply: String, _ signature: String, _ authority: String) {
    let verify = ["ts", "-verify", "-data", signature, "-in", reply, "-CAfile", authority]
    guard let answer = Tool.run("openssl", verify),
      let text = Tool.run("openssl", ["ts", "-reply", "-in", reply, "-text"])
    else {
      check.find("no-tool", file, "openssl is not installed, so nothing can be said")
      return
    }
    guard answer.isSuccess else {
      reportRefusal(answer.errors, isReply: text.isSuccess)
      return
    }
    guard let time = Self.time(in: text.output) else {
      check.find("malformed", file, "names no time")
      return
    }
    self.time = time
    check.note = time.iso8601
    if let last = context.ledger?.entries.map(\.collectedAt).max(), time < last {
      check.find(
        "early", file, "is older than the youngest evidence", expected: "\(last) or later",
        actual: "\(time)")
    }
  }

  private mutating func reportRefusal(_ reason: String, isReply: Bool) {
    if !isReply {
      check.find("malformed", file, "is no reply of a time-stamping authority")
    } else if reason.contains("imprint mismatch") {
      check.find("other", file, "is the time stamp of another signature")
    } else {
      check.find("untrusted", file, "is by no authority whose certificate was given")
    }
  }

  /// The time in openssl's text: `Time stamp: Nov 24 01:09:33 2026 GMT`, seconds with or without
  /// a fraction.
  static func time(in text: String) -> Instant? {
    guard
      let line = text.split(whereSeparator: \.isNewline).first(where: {
        $0.hasPrefix("Time stamp: ")
      })
    else { return nil }
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let parts = line.dropFirst("Time stamp: ".count).split(separator: " ")
    guard parts.count == 5, parts[4] == "GMT",
      let month = months.firstIndex(of: String(parts[0])), let day = Int(parts[1]),
      let year = Int(parts[3])
    else { return nil }
    let clock = parts[2].prefix { $0 != "." }.split(separator: ":").compactMap { Int($0) }
    guard clock.count == 3 else { return nil }
    return WrittenTime(
      year: year, month: month + 1, day: day, hour: clock[0], minute: clock[1], second: clock[2],
      zone: .offset(0))?.instant
  }
}
