import VouchModel

/// Reads `canonical-livepatch status --format json`, also as Landscape hands it on.
///
/// The output names no host, only a machine id: the host is the one that
/// ``VouchModel/EvidenceItem/subjectHost`` finds, else the machine id.
enum CanonicalLivepatchCollector: Collector {
  static let format = "canonical_livepatch"
  static let summary = "Canonical Livepatch: status as JSON, from the client or Landscape"
  static let gives: [RecordType] = [.live_patch, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    guard head.json == "{" else { return false }
    return head.text.contains("\"livepatch_info\"")
      || (head.text.contains("\"Client-Version\"") && head.text.contains("\"Machine-Id\""))
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    guard let json = try item.json(format: format, reading) else { return }
    reading.provides(.live_patch, .host_sighting)
    let wrapped = json.at("livepatch_info", "json")
    let status = json.has("livepatch_info") ? wrapped["output"] : json
    let place = json.has("livepatch_info") ? "/livepatch_info/json/output" : ""
    guard let kernels = status["Status"].array else {
      reading.diagnose(.livepatchNoStatus(at: item.label))
      return
    }
    guard let host = item.subjectHost ?? status["Machine-Id"].text else {
      reading.diagnose(.subjectUnknown(format, at: item.label))
      return
    }
    reading.append(
      .hostSighting(
        source: "canonical_livepatch", ref: host, place: place,
        agentID: status["Machine-Id"].text))
    guard let index = kernels.firstIndex(where: { $0["Running"].flag == true }) else {
      reading.diagnose(.livepatchNotRunning(at: item.at("\(place)/Status")))
      return
    }
    let record = live(
      kernels[index], of: host, checkedAt: status["Last-Check"].instant,
      place: "\(place)/Status/\(index)", item, reading)
    reading.append(record)
  }

  private static func live(
    _ kernel: JSON, of host: String, checkedAt: Instant?, place: String, _ item: EvidenceItem,
    _ reading: Reading
  ) -> Record {
    let patch = kernel["Livepatch"]
    var record = Record(.live_patch, place: place)
    record["source"] = .text("canonical_livepatch")
    record["asset_id"] = .text(host)
    record["booted_kernel"] = .text(kernel["Kernel"].text)
    record["patch_level"] = .text(patch["Version"].text)
    record["last_checkin_at"] = .instant(checkedAt)
    if let fixes = patch["Fixes"].array {
      record["cves"] = .list(
        fixes.filter { $0["Patched"].flag == true }
          .compactMap { $0["Name"].text.flatMap { cveIDs(in: $0).first } })
    }
    let word = patch["State"].text ?? ""
    if let support = kernel["Supported"].text, support != "supported" {
      record["state"] = .text("unsupported")
      record["up_to_date"] = .flag(false)
    } else if let state = state(word) {
      record["state"] = .text(state)
      if state == "applied", patch["CheckState"].text == "checked" {
        record["up_to_date"] = .flag(true)
      }
    } else {
      reading.diagnose(.livepatchState(word, at: item.at("\(place)/Livepatch/State")))
    }
    return record
  }

  /// The words of the client. `nothing-to-apply` is a covered kernel that needs no patch.
  private static func state(_ word: String) -> String? {
    switch word {
    case "applied", "nothing-to-apply": "applied"
    case "unapplied", "applying": "unpatched"
    case "kernel-upgrade-required": "needs_reboot"
    case "apply-failed", "check-failed", "applied-with-bug": "error"
    default: nil
    }
  }
}

extension Diagnostic {
  fileprivate static func livepatchNoStatus(at place: String) -> Diagnostic {
    Diagnostic(
      "canonical_livepatch.no-status", .error, at: place, "the answer has no list 'Status'",
      why: "the client is switched off or answered with an error; the state is unknown",
      fix: "run canonical-livepatch status on the host")
  }

  fileprivate static func livepatchNotRunning(at place: String) -> Diagnostic {
    Diagnostic(
      "canonical_livepatch.no-running-kernel", .error, at: place,
      "none of the kernels is marked as running",
      why: "the state of the kernel in use is unknown",
      fix: "run canonical-livepatch refresh on the host and collect again")
  }

  fileprivate static func livepatchState(_ word: String, at place: String) -> Diagnostic {
    Diagnostic(
      "canonical_livepatch.unknown-state", .error, at: place,
      "'\(word)' is not a state that is known here",
      why: "the state stays unknown, not patched",
      fix: "tell us the word and its meaning")
  }
}
