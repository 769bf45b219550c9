import VouchModel

/// The plugins of one file by the bytes that describe them, so that the hundred-thousandth item
/// of a plugin costs a comparison and no `String`.
final class NessusPlugins {
  private let reading: Reading
  /// `cvss_v2`, `cvss_v3`, `cvss_v4`; nil when the file does not say.
  var severityBasis: String?
  private let table: UnsafeMutablePointer<Table>

  /// Behind a pointer, since it is asked for every item.
  private struct Table {
    /// Keys of all plugins, one after the other.
    var keys = ByteBuffer(capacity: 1 << 16)
    /// Index into `entries` plus one, by hash; 0 is free. A power of two, at most half full.
    var slots: UnsafeMutablePointer<Int32>
    var mask: Int
    var entries: UnsafeMutablePointer<Entry>
    var count = 0

    init(slots count: Int) {
      mask = count - 1
      slots = .allocate(capacity: count)
      slots.initialize(repeating: 0, count: count)
      entries = .allocate(capacity: count / 2 + 1)
    }

    func deallocateSlots() {
      slots.deallocate()
      entries.deallocate()
    }
  }

  private struct Entry {
    let hash: UInt64
    let begin: Int
    let count: Int
    let number: Int32
  }

  init(_ reading: Reading) {
    self.reading = reading
    table = .allocate(capacity: 1)
    table.initialize(to: Table(slots: 1024))
  }

  deinit {
    table.pointee.keys.deallocate()
    table.pointee.deallocateSlots()
    table.deallocate()
  }

  /// The reading's number of the plugin with this key: id, name and family, each with a zero byte
  /// after it, then ``NessusField`` code, text and zero byte of each field that describes it.
  @inline(__always)
  func number(_ key: UnsafeBufferPointer<UInt8>, line: Int) -> Int32 {
    let hash = Self.hash(key)
    let mask = table.pointee.mask
    var slot = Int(truncatingIfNeeded: hash) & mask
    while table.pointee.slots[slot] != 0 {
      let entry = table.pointee.entries + Int(table.pointee.slots[slot] &- 1)
      if entry.pointee.hash == hash, entry.pointee.count == key.count,
        Self.isEqual(table.pointee.keys.bytes + entry.pointee.begin, key)
      {
        return entry.pointee.number
      }
      slot = (slot &+ 1) & mask
    }
    return add(key, hash, line)
  }

  @inline(never)
  private func add(_ key: UnsafeBufferPointer<UInt8>, _ hash: UInt64, _ line: Int) -> Int32 {
    let number = reading.plugin(plugin(key, line: line))
    if table.pointee.count * 2 > table.pointee.mask { grow() }
    let begin = table.pointee.keys.count
    table.pointee.keys.append(key)
    insert(Entry(hash: hash, begin: begin, count: key.count, number: number))
    return number
  }

  private func insert(_ entry: Entry) {
    var slot = Int(truncatingIfNeeded: entry.hash) & table.pointee.mask
    while table.pointee.slots[slot] != 0 { slot = (slot + 1) & table.pointee.mask }
    table.pointee.entries[table.pointee.count] = entry
    table.pointee.count += 1
    table.pointee.slots[slot] = Int32(table.pointee.count)
  }

  private func grow() {
    let old = table.pointee
    table.pointee = Table(slots: (old.mask + 1) * 2)
    table.pointee.keys.deallocate()
    table.pointee.keys = old.keys
    for i in 0..<old.count { insert(old.entries[i]) }
    old.deallocateSlots()
  }

  private static func isEqual(
    _ known: UnsafeMutablePointer<UInt8>, _ key: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    var i = 0
    let a = UnsafeRawPointer(known)
    guard let b = key.baseAddress.map(UnsafeRawPointer.init) else { return true }
    while i &+ 8 <= key.count {
      if a.loadUnaligned(fromByteOffset: i, as: UInt64.self)
        != b.loadUnaligned(fromByteOffset: i, as: UInt64.self)
      {
        return false
      }
      i &+= 8
    }
    while i < key.count {
      if known[i] != key[i] { return false }
      i &+= 1
    }
    return true
  }

  /// Multiply and fold, eight bytes at a time. Only decides where to look: keys are compared.
  private static func hash(_ key: UnsafeBufferPointer<UInt8>) -> UInt64 {
    guard let base = key.baseAddress.map(UnsafeRawPointer.init) else { return 0 }
    var hash: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(key.count)
    var i = 0
    while i &+ 8 <= key.count {
      hash = fold(hash ^ base.loadUnaligned(fromByteOffset: i, as: UInt64.self))
      i &+= 8
    }
    var last: UInt64 = 0
    while i < key.count {
      last = last << 8 | UInt64(key[i])
      i &+= 1
    }
    return fold(hash ^ last)
  }

  @inline(__always)
  private static func fold(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
    return product.high ^ product.low
  }
}

// MARK: From a key to a plugin

extension NessusPlugins {
  /// The plugin that a key describes.
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
