import VouchModel

/// Turns the keys of plugins into plugins, with the scores of the scan's severity basis.
final class NessusPlugins {
  private let reading: Reading
  /// `cvss_v2`, `cvss_v3`, `cvss_v4`; nil when the file does not say.
  var severityBasis: String?

  init(_ reading: Reading) { self.reading = reading }

  /// The plugin that a key of ``NessusKeys`` describes.
  func plugin(_ key: UnsafeBufferPointer<UInt8>, line: Int) -> Plugin {
    let parts = key.split(separator: 0, omittingEmptySubsequences: false)
    func text(_ part: Slice<UnsafeBufferPointer<UInt8>>) -> String {
      String(decoding: part, as: UTF8.self).trimmed
    }
    var plugin = Plugin(id: text(parts[0]), name: text(parts[1]))
    plugin.family = text(parts[2])
    var index = CVEIndex()
    var scores: [NessusField: Double] = [:]
    for part in parts.dropFirst(3) {
      guard let code = part.first, let field = NessusField(rawValue: code) else { continue }
      let value = text(part.dropFirst())
      switch field {
      case .cve: index.add(value, to: &plugin)
      case .cpe where plugin.app.isEmpty: plugin.app = nessusApplication(cpes: value)
      case .cvss2, .cvss3, .cvss4:
        scores[field] = cvssScore(value)
        if scores[field] == nil, !value.isEmpty {
          reading.diagnose(.badScore(at: reading.item.at("L\(line)")))
        }
      // The day on which the vendor published; a date without a zone, taken as its first instant
      // in UTC, as every date of a publication is.
      case .patchPublished: plugin.fixAvailableAt = WrittenTime(iso: value).map(Zone.utc.instant)
      case .xref: plugin.kev = true
      default: break
      }
    }
    plugin.score = score(scores)
    return plugin
  }

  /// The score on the scan's severity basis, or where the plugin has none on it, the one that
  /// Nessus falls back to. Without a known basis none: a score alone could not be compared.
  private func score(_ scores: [NessusField: Double]) -> Double? {
    let order: [NessusField] =
      switch severityBasis {
      case "cvss_v2": [.cvss2, .cvss3]
      case "cvss_v3": [.cvss3, .cvss2]
      case "cvss_v4": [.cvss4, .cvss3, .cvss2]
      default: []
      }
    return order.lazy.compactMap { scores[$0] }.first
  }
}

extension Diagnostic {
  fileprivate static func badScore(at place: String) -> Diagnostic {
    Diagnostic(
      "nessus.bad-score", .warning, at: place, "a CVSS base score is not a number from 0 to 10",
      why: "the plugin is kept without this score; its severity does not depend on it",
      fix: "export the scan again; the tool that wrote this file may have changed it")
  }
}

/// Adds CVE ids to plugins, each once however many rows or elements repeat it.
struct CVEIndex {
  private struct Entry: Hashable {
    let plugin: Int
    let cve: String
  }
  private var known: Set<Entry> = []

  /// - Parameters:
  ///   - text: one id or several, separated by commas, semicolons or white space.
  ///   - number: tells the plugin from the others that this index is used for.
  mutating func add(_ text: String, to plugin: inout Plugin, number: Int = 0) {
    for cve in text.split(whereSeparator: { $0 == "," || $0 == ";" || $0.isWhitespace }).map(
      String.init)
    where known.insert(Entry(plugin: number, cve: cve)).inserted {
      plugin.cves.append(cve)
    }
  }
}

/// A CVSS base score, nil unless it is between 0 and 10.
func cvssScore(_ text: String) -> Double? {
  Double(text).flatMap { (0...10).contains($0) ? $0 : nil }
}

/// The application of the first CPE that names one: `cpe:/a:apache:http_server` gives
/// `apache http_server`, `p-cpe:/a:canonical:ubuntu_linux:openssl`, which is how Nessus names a
/// distribution's package, gives `openssl`. Of operating systems only when nothing else is there.
func nessusApplication(cpes: String) -> String {
  var system = ""
  for line in cpes.split(whereSeparator: { $0.isNewline || $0 == "," }) {
    let text = line.trimmed.split(separator: " -> ").first.map(String.init) ?? ""
    guard let start = text.firstRange(of: "cpe:/") ?? text.firstRange(of: "cpe:2.3:") else {
      continue
    }
    let isPackage = text.hasPrefix("p-cpe")
    let parts = text[start.upperBound...].trimmed.split(
      separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 3, let kind = parts.first else { continue }
    let name = isPackage && parts.count >= 4 ? String(parts[3]) : "\(parts[1]) \(parts[2])"
    if kind == "a" { return name }
    if system.isEmpty { system = name }
  }
  return system
}
