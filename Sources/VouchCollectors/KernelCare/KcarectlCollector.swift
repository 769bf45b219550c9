import VouchModel

/// Reads what `kcarectl` of KernelCare prints on one host: `--info`, `--patch-info`, `--uname`
/// (also `kcare-uname -r` and `/proc/kcare/effective_version`), `--status`, `--check` and
/// `--update`.
///
/// Several of these may stand in one text, so that one row tells everything: what `kcarectl --info;
/// kcarectl --patch-info; kcarectl --status; echo "exit_status: $?"` prints.
///
/// The output names no host: see ``VouchModel/EvidenceItem/subjectHost``. For `--status` and
/// `--check` the exit status is the answer; the command transport keeps it in the parameter
/// `exit_status`, and a text file alone cannot tell an up-to-date host from an outdated one.
enum KcarectlCollector: Collector {
  static let format = "kcarectl"
  static let summary =
    "KernelCare on one host: output of kcarectl (info, patch-info, uname, status)"
  static let gives: [RecordType] = [.live_patch, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    guard head.json == nil, head.xmlRoot == nil else { return false }
    let parts = KcarectlOutput.parts(of: head.text)
    if parts == [.uname] {
      return head.name.contains("kcare") || head.name.contains("effective_version")
    }
    return !parts.isEmpty
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.live_patch, .host_sighting)
    let text = String(decoding: try item.decodedText(reading), as: UTF8.self)
    guard let host = item.subjectHost else {
      reading.diagnose(.subjectUnknown(format, at: item.label))
      return
    }
    var record = Record(.live_patch, place: "L1")
    record["source"] = .text("kernelcare")
    record["asset_id"] = .text(host)
    let output = KcarectlOutput(text)
    let exit = output.exitStatus.map(KcarectlExit.init(status:)) ?? KcarectlExit(item)
    output.fill(&record, item, reading)
    exit?.fill(&record, item, reading)
    if output.parts.isEmpty, exit == nil {
      reading.diagnose(.kcarectlNothing(isEmpty: output.isEmpty, at: item.label))
    }
    reading.append(record)
    reading.append(.hostSighting(source: "kernelcare", ref: host, place: "L1"))
  }
}

/// The exit status of `kcarectl --status` or `--check`.
private struct KcarectlExit {
  private enum Question { case status, check }
  private let question: Question
  private let code: Int

  /// The status of `--status` as the text itself tells it.
  init(status code: Int) {
    question = .status
    self.code = code
  }

  /// Nil when the status is not known, or the command was another one.
  init?(_ item: EvidenceItem) {
    guard let code = item.provenance.parameters["exit_status"].flatMap({ Int($0) }) else {
      return nil
    }
    let command = item.provenance.endpoint + " " + item.provenance.query
    if command.contains("--status") {
      question = .status
    } else if command.contains("--check") {
      question = .check
    } else {
      return nil
    }
    self.code = code
  }

  /// As the vendor documents the exit codes (docs.tuxcare.com). `--check` answers 0 when
  /// something newer exists, the reverse of what one expects.
  func fill(_ record: inout Record, _ item: EvidenceItem, _ reading: Reading) {
    switch (question, code) {
    case (.status, 0):
      record["state"] = .text("applied")
      record["up_to_date"] = .flag(true)
    case (.status, 1):
      record["state"] = .text("unpatched")
      record["up_to_date"] = .flag(false)
    case (.status, 2):
      // Newer patches exist; whether older ones are applied is not said.
      record["up_to_date"] = .flag(false)
    case (.status, 3):
      record["state"] = .text("unsupported")
      record["up_to_date"] = .flag(false)
    case (.check, 0): record["up_to_date"] = .flag(false)
    case (.check, 1): record["up_to_date"] = .flag(true)
    default:
      record["state"] = .text("error")
      reading.diagnose(.kcarectlExit(code, at: item.label))
    }
  }
}

/// The text that kcarectl printed.
private struct KcarectlOutput {
  enum Part { case info, patchInfo, uname, update }

  let parts: Set<Part>
  private let lines: [(number: Int, text: Substring)]

  init(_ text: String) {
    parts = Self.parts(of: text)
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .map { ($0.offset + 1, $0.element.trimmingSpace) }
  }

  var isEmpty: Bool { lines.allSatisfy { $0.text.isEmpty } }

  /// The exit status of `--status` where a script wrote it behind the output.
  var exitStatus: Int? { value("exit_status").flatMap { Int($0.text) } }

  static func parts(of text: String) -> Set<Part> {
    let lines = text.split(whereSeparator: \.isNewline).map(\.trimmingSpace)
    func has(_ prefix: String) -> Bool { lines.contains { $0.hasPrefix(prefix) } }
    var parts: Set<Part> = []
    if has("kpatch-state:") { parts.insert(.info) }
    if has("kpatch-name:") || (has("uname:") && has("kernel:") && has("OS:")) {
      parts.insert(.patchInfo)
    }
    if lines.contains(where: { $0.hasPrefix("Patch level ") && $0.contains(" applied.") })
      || has("KernelCare protection disabled")
    {
      parts.insert(.update)
    }
    let filled = lines.filter { !$0.isEmpty }
    if filled.count == 1, filled[0].wholeMatch(of: /\d+\.\d+\.\d+-[A-Za-z0-9._~+-]+/) != nil {
      parts.insert(.uname)
    }
    return parts
  }

  func fill(_ record: inout Record, _ item: EvidenceItem, _ reading: Reading) {
    if parts.contains(.uname) {
      record["effective_kernel"] = .text(lines.first { !$0.text.isEmpty }.map { String($0.text) })
    }
    if parts.contains(.patchInfo) { fillPatchInfo(&record) }
    if parts.contains(.info) { fillInfo(&record, item, reading) }
    if parts.contains(.update) { fillUpdate(&record) }
  }

  /// The value of `key: value`; the first line that has the key counts. Values may hold colons.
  private func value(_ key: String) -> (text: String, line: Int)? {
    for line in lines where line.text.hasPrefix(key + ":") {
      let text = line.text.dropFirst(key.count + 1).trimmingSpace
      return isNoneSpelling(String(text)) ? nil : (String(text), line.number)
    }
    return nil
  }

  /// The state of `--info` counts, also beside the list of `--patch-info`.
  private func fillInfo(_ record: inout Record, _ item: EvidenceItem, _ reading: Reading) {
    record["state"] = .null
    if let state = value("kpatch-state") {
      switch state.text.lowercased() {
      case "patch is applied": record["state"] = .text("applied")
      case "no patches applied", "no patch is applied", "patch is not applied":
        record["state"] = .text("unpatched")
      default: reading.diagnose(.kcarectlState(at: item.at("L\(state.line)")))
      }
    }
    // Linux version 3.16.0-4-amd64 (debian-kernel@...) ...
    let words = value("kpatch-for")?.text.split(separator: " ") ?? []
    if words.count > 2, words[0] == "Linux", words[1] == "version" {
      record["booted_kernel"] = .text(String(words[2]))
    }
    // `3;3.16.36-1+deb8u2`, newer `11-default:1632909840;5.8.0-63.7120.04.1`.
    // In --patch-info the same key describes a patch, in words.
    let descriptions = lines.filter { $0.text.hasPrefix("kpatch-description:") }
      .compactMap { $0.text.wholeMatch(of: /kpatch-description:\s*(\d+)[^;\s]*;\s*(\S+)/) }
    if let description = descriptions.first {
      record["patch_level"] = .text(String(description.1))
      record["effective_kernel"] = .text(String(description.2))
    }
  }

  private func fillPatchInfo(_ record: inout Record) {
    let isPatched = lines.contains { $0.text.hasPrefix("kpatch-name:") }
    record["state"] = .text(isPatched ? "applied" : "unpatched")
    record["effective_kernel"] = .text(value("uname")?.text)
    var cves: [String] = []
    for line in lines where line.text.hasPrefix("kpatch-cve:") {
      for cve in cveIDs(in: String(line.text)) where !cves.contains(cve) { cves.append(cve) }
    }
    record["cves"] = .list(cves)
  }

  /// `Patch level 11 applied. Effective kernel version 5.8.0-63.7120.04.1`
  private func fillUpdate(_ record: inout Record) {
    if lines.contains(where: { $0.text.hasPrefix("KernelCare protection disabled") }) {
      record["state"] = .text("unpatched")
      return
    }
    record["state"] = .text("applied")
    for line in lines {
      if let match = line.text.firstMatch(of: /^Patch level (\d+)\S* applied\./) {
        record["patch_level"] = .text(String(match.1))
      }
      if let match = line.text.firstMatch(of: /Effective kernel version (\S+)/) {
        record["effective_kernel"] = .text(String(match.1))
      }
    }
    if lines.contains(where: { $0.text == "Kernel is safe" }) { record["up_to_date"] = .flag(true) }
  }
}

extension StringProtocol {
  /// Without white space at either end.
  var trimmingSpace: SubSequence {
    guard let first = firstIndex(where: { !$0.isWhitespace }),
      let last = lastIndex(where: { !$0.isWhitespace })
    else { return self[startIndex..<startIndex] }
    return self[first...last]
  }
}

extension Diagnostic {
  fileprivate static func kcarectlState(at place: String) -> Diagnostic {
    Diagnostic(
      "kcarectl.unknown-state", .error, at: place, "kpatch-state is not 'patch is applied'",
      why: "any other text does not prove that the kernel is patched; the state stays unknown",
      fix: "run kcarectl --status on the host, with its exit status")
  }

  fileprivate static func kcarectlNothing(isEmpty: Bool, at place: String) -> Diagnostic {
    Diagnostic(
      "kcarectl.nothing-said", .error, at: place,
      isEmpty ? "kcarectl printed nothing" : "the text is not what kcarectl prints",
      why: "kcarectl prints nothing without a loaded patch or without root; the state is unknown",
      fix: "run it as root through the command transport, which keeps its exit status")
  }

  fileprivate static func kcarectlExit(_ code: Int, at place: String) -> Diagnostic {
    Diagnostic(
      "kcarectl.exit-status", .error, at: place, "kcarectl ended with exit status \(code)",
      why: "that is none of the results that its documentation gives a meaning",
      fix: "run the command by hand on the host")
  }
}
