from django.db import migrations

# A written change of a host stays as it is. Its host or its author may be deleted, and personal data may be erased by
# whoever says so in the transaction (as in appointments.0001).
APPEND_ONLY = """
CREATE FUNCTION calcom_host_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('slotkeeper.erasing', true) = 'on' THEN
        RETURN NEW;
    END IF;
    IF (NEW.company_id, NEW.calcom_user_id, NEW.action, NEW.before, NEW.after, NEW.reason, NEW.changed_at)
       IS DISTINCT FROM
       (OLD.company_id, OLD.calcom_user_id, OLD.action, OLD.before, OLD.after, OLD.reason, OLD.changed_at)
       OR (NEW.host_id IS DISTINCT FROM OLD.host_id AND NEW.host_id IS NOT NULL)
       OR (NEW.changed_by_id IS DISTINCT FROM OLD.changed_by_id AND NEW.changed_by_id IS NOT NULL)
    THEN
        RAISE EXCEPTION 'changes of hosts are append-only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER calcom_host_audit_append_only BEFORE UPDATE ON calcom_hostmappingaudit
    FOR EACH ROW EXECUTE FUNCTION calcom_host_audit_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("calcom", "0002_sync")]

    operations = [
        migrations.RunSQL(APPEND_ONLY, reverse_sql="DROP FUNCTION calcom_host_audit_is_append_only CASCADE"),
    ]
