import VouchModel

extension Record {
  /// A backup run; what the tool does not say stays NULL.
  static func backupJob(source: String, id: String, place: String) -> Record {
    var record = Record(.backup_job, place: place)
    record["source"] = .text(source)
    record["job_id"] = .text(id)
    return record
  }
}

extension EvidenceItem {
  /// The data store that these backups are of: the option `store.NAME` for what the tool calls
  /// NAME, else the option `store`, else NAME itself.
  func store(called name: String) -> String {
    options["store.\(name)"] ?? options["store"] ?? name
  }

  /// Where the backups lie: the option `target`, else what the tool says.
  func backupTarget(_ told: String?) -> String? { options["target"] ?? told }

  /// The option `offsite`: yes or no, or the names of the targets that are in another site or
  /// account, separated by commas. Nil when the source does not say.
  func isOffsite(_ target: String? = nil) -> Bool? {
    guard let option = options["offsite"] else { return nil }
    if let flag = flagSpelling(option) { return flag }
    guard let target else { return nil }
    return option.split(separator: ",").map(\.trimmed).contains(target)
  }
}

extension Record {
  /// The check of a backup repository as a check on the machine or the target it lies on.
  static func repositoryCheck(
    tool: String, target: String, isGood: Bool, place: String
  ) -> Record {
    var record = Record(.compliance_check, place: place)
    record["asset_id"] = .text(target)
    record["check_id"] = .text("\(tool).repository-check")
    record["name"] = .text("\(tool): the backup repository has no errors")
    record["result"] = .text(isGood ? "passed" : "failed")
    record["source"] = .text(tool)
    return record
  }
}

extension Diagnostic {
  static func checkTargetUnknown(_ format: String, at place: String) -> Diagnostic {
    Diagnostic(
      "\(format).target-unknown", .error, at: place,
      "the output names no repository, and neither does its source",
      why: "a check of an unknown repository vouches for no backup",
      fix: "set the source's option target to the repository's name")
  }

  static func checkCutOff(_ format: String, at place: String) -> Diagnostic {
    Diagnostic(
      "\(format).truncated", .error, at: place, "the output ends without a result",
      why: "a check that did not come to its end found nothing out",
      fix: "run the check again and keep all of its output")
  }
}
