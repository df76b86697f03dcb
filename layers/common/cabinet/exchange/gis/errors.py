"""What can be wrong with a template of ГИС ЖКХ: each has a stable code, the detail names the place."""

from typing import ClassVar

from cabinet.core.errors import DomainError


class GisTemplateRejected(DomainError):
    """422: the file cannot be filled; nothing of it is used."""

    status = 422
    code: ClassVar[str] = "gis_template_unreadable"
    title = "Шаблон не подходит"
    detail = "Файл не читается. Нужен шаблон ГИС ЖКХ в формате xlsx: скачайте его ещё раз."


class UnsafeTemplate(GisTemplateRejected):
    """Macros, links to other files, embedded objects."""

    code = "gis_template_unsafe"
    detail = "В файле есть макросы или связи с другими файлами. Скачайте шаблон из ГИС ЖКХ ещё раз."


class TemplateTooLarge(GisTemplateRejected):
    """More than a template holds: bytes, parts, rows of a sheet."""

    code = "gis_template_too_large"
    detail = "Файл слишком велик для шаблона. Скачайте пустой шаблон из ГИС ЖКХ ещё раз."


class HeaderMissing(GisTemplateRejected):
    """A column that the rows cannot do without is not there; the detail names it."""

    code = "gis_header_missing"


class HeaderUnknown(GisTemplateRejected):
    """The template marks a column as mandatory that we do not know; the detail names it."""

    code = "gis_header_unknown"


class HeaderAmbiguous(GisTemplateRejected):
    """Two columns have one meaning; the detail names it."""

    code = "gis_header_ambiguous"


class TemplateNotEmpty(GisTemplateRejected):
    """There are rows below the header."""

    code = "gis_template_not_empty"


class TakesTooLong(GisTemplateRejected):
    """The worker's time is over before the supplier's accounts are."""

    code = "gis_takes_too_long"
    detail = (
        "Лицевых счетов слишком много, чтобы успеть отсюда."
        " Попросите инженера заполнить шаблон командой ./cabinet gis."
    )


class OutputTooLarge(GisTemplateRejected):
    """The files would be larger than can be kept."""

    code = "gis_output_too_large"
    detail = (
        "Файлов получается слишком много. Возьмите шаблон без лишних листов"
        " или увеличьте gis_rows_per_file в настройках организации."
    )
