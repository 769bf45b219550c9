import VouchModel

/// What plugin 19506, Nessus Scan Information, says in its `Key : value` lines.
struct NessusScanInformation {
  var version: String?
  var feedVersion: String?
  var scanName: String?
  var policy: String?
  /// `yes (on the localhost)`, `no`; the account's name is left out.
  var credentialedChecks: String?
  /// `EDT`: only a hint, an abbreviation names more than one zone.
  var zoneAbbreviation: String?

  init(output: String) {
    // As bytes: this output comes once a host, and comparing characters takes much longer.
    for line in output.utf8.split(separator: 0x0A) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let value = Substring(line[line.index(after: colon)...]).trimmed
      if value.isEmpty { continue }
      switch Substring(line[..<colon]).trimmed {
      case "Nessus version": version = value.split(separator: " ").first.map(String.init)
      case "Plugin feed version": feedVersion = value
      case "Scan name": scanName = value
      case "Scan policy used": policy = value
      case "Credentialed checks": credentialedChecks = Self.withoutAccount(value)
      case "Scan Start Date":
        let last = value.split(separator: " ").last.map(String.init) ?? ""
        zoneAbbreviation = last.allSatisfy(\.isLetter) ? last : nil
      default: break
      }
    }
  }

  /// Whether it says that local checks ran with credentials; nil when it does not say.
  var isCredentialed: Bool? {
    guard let text = credentialedChecks?.lowercased() else { return nil }
    return text.hasPrefix("yes") ? true : text.hasPrefix("no") ? false : nil
  }

  /// The date of the feed, `YYYYMMDDhhmm`. There is one feed for all scanners and it is numbered
  /// in UTC: in real scans it would lie after the scan's start if it were the scanner's time.
  var feedAt: Instant? {
    guard let digits = feedVersion, digits.utf8.count == 12 else { return nil }
    return WrittenTime(iso: digits.prefix(8) + "T" + digits.dropFirst(8) + "Z")?.instant
  }

  /// The scanner's clock runs on UTC. Every other abbreviation may stand for several zones.
  var zone: Zone? {
    zoneAbbreviation == "UTC" || zoneAbbreviation == "GMT" ? .utc : nil
  }

  private static func withoutAccount(_ text: String) -> String {
    guard let open = text.firstIndex(of: "'"), let close = text.lastIndex(of: "'"), open < close
    else { return text }
    return text.replacingCharacters(in: open...close, with: "an account")
  }
}

extension String {
  fileprivate func replacingCharacters(in range: ClosedRange<Index>, with text: String) -> String {
    String(self[..<range.lowerBound]) + text + String(self[index(after: range.upperBound)...])
  }
}
