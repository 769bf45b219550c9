import Foundation
import VouchCapture
import VouchModel

/// An RFC 3161 time-stamping authority, asked over HTTP because the user named its address.
///
/// It gets a digest and nothing else: what is stamped does not leave the machine.
struct TimestampAuthority: Sendable {
  /// `https://tsa.example/`.
  let url: String
  /// Certificates that the stamp has to lead to, PEM; nil: those that the machine trusts.
  var certificates: String?
  var timeoutSeconds = 30.0

  /// Has a file stamped; the reply lies beside it as `<file>.tsr`, verified.
  ///
  /// - Returns: the time that the authority states.
  func stamp(_ file: String) throws(Refusal) -> Instant {
    let query = file + ".tsq"
    let reply = file + ".tsr"
    defer { try? FileManager.default.removeItem(atPath: query) }
    let ask = ["ts", "-query", "-data", file, "-sha256", "-cert", "-out", query]
    guard let asked = SystemTool.run("openssl", ask) else {
      throw refused(
        "openssl is not installed", fix: "install openssl, or bundle without --timestamp")
    }
    guard asked.isSuccess, let body = FileManager.default.contents(atPath: query) else {
      throw refused("openssl could not make a query", fix: "check that openssl has 'ts'")
    }
    let answer = try post(body)
    do {
      try answer.write(to: URL(fileURLWithPath: reply))
    } catch {
      throw Refusal(
        .io, Diagnostic("bundle.timestamp", .error, at: reply, "the reply cannot be written"))
    }
    return try verify(reply, of: file)
  }

  // MARK: The reply

  private func verify(_ reply: String, of file: String) throws(Refusal) -> Instant {
    guard let text = SystemTool.run("openssl", ["ts", "-reply", "-in", reply, "-text"]),
      text.isSuccess
    else { throw refused("the answer is no reply of a time-stamping authority") }
    if let status = Self.value("Status", in: text.output), !status.hasPrefix("Granted") {
      let reason = Self.value("Status description", in: text.output) ?? status
      throw refused("the authority did not grant the stamp: \(reason)")
    }
    // The query is not used: it could only add the nonce, and the file's digest is what counts.
    var check = ["ts", "-verify", "-data", file, "-in", reply]
    if let certificates {
      check += ["-CAfile", certificates]
    } else {
      check += ["-CApath", "/etc/ssl/certs"]
    }
    let verified = SystemTool.run("openssl", check)
    guard verified?.isSuccess == true else {
      let isOther = verified?.errors.contains("imprint mismatch") ?? false
      throw refused(
        isOther
          ? "the reply is the stamp of something else"
          : "the stamp is by no authority whose certificate is known here",
        fix: isOther
          ? "ask another authority"
          : "name the certificate of its root, PEM, with --tsa-ca")
    }
    guard let stamp = Self.value("Time stamp", in: text.output), let time = Self.time(stamp) else {
      throw refused("the reply names no time")
    }
    return time
  }

  static func value(_ name: String, in text: String) -> String? {
    text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("\(name): ") }
      .map { String($0.dropFirst(name.count + 2)) }
  }

  /// `Nov 24 01:09:33 2026 GMT`, seconds with or without a fraction.
  static func time(_ text: String) -> Instant? {
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let parts = text.split(separator: " ")
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

  // MARK: The request

  /// Larger answers are no time stamps.
  private static let answerLimit = 1 << 20

  private func post(_ body: Data) throws(Refusal) -> Data {
    guard let address = URL(string: url), let scheme = address.scheme,
      ["http", "https"].contains(scheme), address.host != nil
    else {
      throw refused("the address is none of HTTP", fix: "write --timestamp https://tsa.example/")
    }
    let answer = HTTPPost.send(
      body, to: address,
      headers: [
        "Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply",
      ], timeout: timeoutSeconds)
    guard let status = answer.status else { throw refused(answer.error ?? "no answer") }
    guard status == 200 else { throw refused("the authority answered \(status)") }
    guard answer.body.count <= Self.answerLimit else {
      throw refused("the answer has \(answer.body.count) bytes")
    }
    return answer.body
  }

  private func refused(
    _ text: String, fix: String = "try again later, or bundle without --timestamp"
  ) -> Refusal {
    Refusal(
      .data,
      Diagnostic(
        "bundle.timestamp", .error, at: Self.place(url), text,
        why: "a package that was to be stamped is not released without its stamp", fix: fix))
  }

  /// The address without what may be secret in it.
  private static func place(_ url: String) -> String {
    guard var parts = URLComponents(string: url) else { return "--timestamp" }
    parts.user = nil
    parts.password = nil
    parts.query = nil
    return parts.string ?? "--timestamp"
  }
}
