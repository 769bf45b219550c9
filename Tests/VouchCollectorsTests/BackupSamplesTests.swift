import Testing

@Suite struct BackupSamplesTests {
  @Test(arguments: [
    SampleReading(
      "backup/aws-backup-list-backup-jobs.json",
      "aws_backup_jobs",
      "backup_job 2 aws_backup|a1b2c3d4-5678-90ab-cdef-EXAMPLE11111 … aws_backup|a1b2c3d4-5678-90ab-cdef-EXAMPLE22222"
    ),
    SampleReading(
      "backup/aws-backup-plan.json",
      "aws_backup_plan",
      "document 1 arn:aws:backup:us-east-1:644160558196:backup-plan:14c4daac-b199-45ce-8644-c541734ebd14|NTNlNjNkOGMtM2M4NS00NWMwLTk3YjMtNzk1NzNhMjRjMTZj … arn:aws:backup:us-east-1:644160558196:backup-plan:14c4daac-b199-45ce-8644-c541734ebd14|NTNlNjNkOGMtM2M4NS00NWMwLTk3YjMtNzk1NzNhMjRjMTZj"
    ),
    SampleReading(
      "backup/aws-backup-recovery-points.json", options: ["store": "orders-table"],
      "aws_recovery_points",
      "backup_job 8 aws_backup|arn:aws:backup:us-east-1:123456789012:recovery-point:b2f7c59b-2a92-4dbd-814f-ed35e175c259 … aws_backup|arn:aws:dynamodb:us-east-1:123456789012:table/Test-DDBTable-backup/backup/01669066647509-11691469"
    ),
    SampleReading(
      "backup/aws-backup-vaults.json",
      "aws_backup_vaults",
      "data_store 1 arn:aws:backup:us-east-1:644160558196:backup-vault:Default … arn:aws:backup:us-east-1:644160558196:backup-vault:Default"
    ),
    SampleReading(
      "backup/borg-info.json", zone: "Europe/Berlin",
      "borg",
      "backup_job 1 borg|80cd07219ad725b3c5f665c1dcf119435c4dee1647a560ecac30f8d40221a46a … borg|80cd07219ad725b3c5f665c1dcf119435c4dee1647a560ecac30f8d40221a46a",
      "borg.zone-configured 2"),
    SampleReading(
      "backup/borg-list.json",
      "borg",
      "backup_job 1 borg|80cd07219ad725b3c5f665c1dcf119435c4dee1647a560ecac30f8d40221a46a … borg|80cd07219ad725b3c5f665c1dcf119435c4dee1647a560ecac30f8d40221a46a",
      "borg.zone-unknown 1"),
    SampleReading(
      "backup/pgbackrest-info-missing-stanza.json",
      "pgbackrest",
      "backup_job 7 pgbackrest|stanza1/repo1/20181119-152138F … pgbackrest|stanza3/repo2/20201110-100000F",
      "pgbackrest.stanza-status 5"),
    SampleReading(
      "backup/pgbackrest-info.json",
      "pgbackrest",
      "backup_job 7 pgbackrest|stanza1/repo1/20181119-152138F … pgbackrest|stanza3/repo2/20201110-100000F",
      "pgbackrest.stanza-status 5"),
  ])
  func givesWhatTheExportHolds(_ sample: SampleReading) throws { try sample.check() }
}
