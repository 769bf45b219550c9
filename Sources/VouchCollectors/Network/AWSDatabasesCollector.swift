import VouchModel

/// Reads `aws rds describe-db-instances` and `describe-db-clusters`: whether the databases of an
/// AWS account are encrypted, and whether they have an address on the Internet.
enum AWSDatabasesCollector: Collector {
  static let format = "aws_databases"
  static let summary = "AWS RDS databases (describe-db-instances, describe-db-clusters)"
  static let gives: [RecordType] = [.data_store]

  private static let lists = [
    (list: "DBInstances", id: "DBInstanceIdentifier"),
    (list: "DBClusters", id: "DBClusterIdentifier"),
  ]

  static func recognises(_ head: Head) -> Bool {
    lists.contains { head.hasJSON("\($0.list)[].\($0.id)") }
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.data_store)
    guard let answer = try AWSAnswer(item, format: format, reading) else { return }
    for (list, key) in lists {
      for (index, database) in answer.json[list].elements.enumerated() {
        let place = "\(answer.pointer)/\(list)/\(index)"
        guard let id = database[key].text else {
          reading.diagnose(
            .missingField(
              format, key, at: item.at(place), why: "a database without an id cannot be joined"))
          continue
        }
        reading.append(record(database, store: item.options["store.\(id)"] ?? id, place: place))
      }
    }
  }

  private static func record(_ database: JSON, store: String, place: String) -> Record {
    var record = Record(.data_store, place: place)
    record["store_id"] = .text(store)
    record["kind"] = .text("database")
    let isEncrypted = database["StorageEncrypted"].flag
    record["encrypted"] = .flag(isEncrypted)
    if isEncrypted == true { record["cipher"] = .text("aws-rds:aes-256") }
    record["platform_managed"] = .flag(isEncrypted)
    record["location"] = .text(
      database["AvailabilityZone"].text ?? database["AvailabilityZones"].strings?.sorted().first)
    record["discovered"] = .flag(true)
    // An address that is public still has its security group in front of it.
    if database["PubliclyAccessible"].flag == false { record["public_access"] = .flag(false) }
    return record
  }
}
