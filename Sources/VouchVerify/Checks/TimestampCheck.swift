import Foundation
import VouchModel

/// The RFC 3161 time stamps: over the tag manifest, who else knows when the package was there;
/// over the signature, who else knows when it was signed.
///
/// `openssl ts` decides.
struct TimestampCheck {
  private let context: Context
  private var check = Check("timestamp", "A time stamp proves when the package was there")
  /// When the signature was there.
  private var signed: Instant?

  /// The check, and the time of the signature if a stamp over it proves one.
  static func run(_ context: Context) -> (Check, Instant?) {
    var run = TimestampCheck(context: context)
    run.examine()
    return (run.check, run.check.findings.isEmpty ? run.signed : nil)
  }

  private init(context: Context) {
    self.context = context
  }

  private mutating func examine() {
    let stamps = [
      (PackageLayout.timestamp, PackageLayout.tagManifest),
      (PackageLayout.signatureTimestamp, PackageLayout.signature),
    ].filter { context.package.has($0.0) }
    let authority = context.options.authority
    if stamps.isEmpty {
      if authority == nil {
        check = check.skipping("the package has no time stamp")
      } else {
        check.find("missing", PackageLayout.timestamp, "the package has no time stamp")
      }
      return
    }
    guard let authority else {
      check = check.skipping(
        "present, not checked: no certificate of a time-stamping authority was given")
      return
    }
    for (stamp, stamped) in stamps { examine(stamp, over: stamped, authority) }
  }

  private mutating func examine(_ file: BagPath, over stamped: BagPath, _ authority: String) {
    guard let reply = context.bytes(file, limit: 1 << 20, for: &check),
      let data = context.bytes(stamped, for: &check)
    else { return }
    do {
      let scratch = try Scratch()
      let time = ask(
        file, try scratch.write(reply, as: "reply"), try scratch.write(data, as: "data"),
        URL(fileURLWithPath: authority).path)
      if stamped == PackageLayout.signature { signed = time }
    } catch {
      check.find("unreadable", file, "cannot be handed to openssl")
    }
  }

  private mutating func ask(
    _ file: BagPath, _ reply: String, _ data: String, _ authority: String
  ) -> Instant? {
    let verify = ["ts", "-verify", "-data", data, "-in", reply, "-CAfile", authority]
    guard let answer = Tool.run("openssl", verify),
      let text = Tool.run("openssl", ["ts", "-reply", "-in", reply, "-text"])
    else {
      check.find("no-tool", file, "openssl is not installed, so nothing can be said")
      return nil
    }
    guard answer.isSuccess else {
      reportRefusal(file, answer.errors, isReply: text.isSuccess)
      return nil
    }
    guard let time = Self.time(in: text.output) else {
      check.find("malformed", file, "names no time")
      return nil
    }
    check.note = time.iso8601
    if let last = context.ledger?.entries.map(\.collectedAt).max(), time < last {
      check.find(
        "early", file, "is older than the youngest evidence", expected: "\(last) or later",
        actual: "\(time)")
    }
    return time
  }

  private mutating func reportRefusal(_ file: BagPath, _ reason: String, isReply: Bool) {
    if !isReply {
      check.find("malformed", file, "is no reply of a time-stamping authority")
    } else if reason.contains("imprint mismatch") {
      check.find("other", file, "is the time stamp of something else")
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
