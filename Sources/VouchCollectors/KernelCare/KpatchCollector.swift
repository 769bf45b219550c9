import VouchModel

/// Reads `kpatch list` of one host: the live patch modules that are loaded and installed.
///
/// The output names no host: see ``VouchModel/EvidenceItem/subjectHost``.
enum KpatchCollector: Collector {
  static let format = "kpatch"
  static let summary = "kpatch list: live patch modules of one host"
  static let gives: [RecordType] = [.live_patch, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    head.text.trimmingSpace.hasPrefix("Loaded patch modules:")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.live_patch, .host_sighting)
    var list = ModuleList()
    try item.lines(reading) { bytes, number in
      let line = String(decoding: bytes, as: UTF8.self)
      if !list.read(line) { reading.diagnose(.kpatchLine(at: item.at("L\(number)"))) }
    }
    guard list.hasBothLists else {
      reading.diagnose(.kpatchCut(at: item.label))
      return
    }
    guard let host = item.subjectHost else {
      reading.diagnose(.subjectUnknown(format, at: item.label))
      return
    }
    var record = Record(.live_patch, place: "L1")
    record["source"] = .text("kpatch")
    record["asset_id"] = .text(host)
    record["state"] = .text(list.enabled.isEmpty ? "unpatched" : "applied")
    record["booted_kernel"] = .text(list.kernel)
    record["patch_level"] = .text(
      list.enabled.isEmpty ? nil : list.enabled.sorted().joined(separator: " "))
    reading.append(record)
    reading.append(.hostSighting(source: "kpatch", ref: host, place: "L1"))
  }
}

private struct ModuleList {
  private enum Section { case none, loaded, installed }
  private var section = Section.none
  private var sawInstalled = false
  /// Loaded modules in force. Very old versions print the name without a state.
  private(set) var enabled: [String] = []
  private var kernels: [String: String] = [:]

  var hasBothLists: Bool { sawInstalled }

  /// The kernel the modules in force were built for; nil when they disagree.
  var kernel: String? {
    let all = Set(enabled.compactMap { kernels[$0] })
    return all.count == 1 ? all.first : nil
  }

  /// False when the line is not understood.
  mutating func read(_ line: String) -> Bool {
    let line = line.trimmingSpace
    if line.isEmpty { return true }
    if line == "Loaded patch modules:" {
      section = .loaded
    } else if line == "Installed patch modules:" {
      section = .installed
      sawInstalled = true
    } else if let match = line.wholeMatch(of: /(\S+)(?: \[([^\]]*)\])?(?: \(([^)]*)\))?/) {
      let name = String(match.1)
      switch section {
      case .loaded: if match.2 == nil || match.2 == "enabled" { enabled.append(name) }
      case .installed: kernels[name] = match.3.map(String.init)
      case .none: return false
      }
    } else {
      return false
    }
    return true
  }
}

extension Diagnostic {
  fileprivate static func kpatchLine(at place: String) -> Diagnostic {
    Diagnostic(
      "kpatch.unknown-line", .error, at: place, "the line is not one that kpatch list prints",
      why: "a module may be missing from the list", fix: "collect kpatch list again")
  }

  fileprivate static func kpatchCut(at place: String) -> Diagnostic {
    Diagnostic(
      "kpatch.truncated", .error, at: place, "the text ends before 'Installed patch modules:'",
      why: "loaded modules may be missing from it", fix: "collect kpatch list again")
  }
}
