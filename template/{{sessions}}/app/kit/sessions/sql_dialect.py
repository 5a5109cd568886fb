"""How SQLite and PostgreSQL write the names of tables and parameters.

Statements are written once, for both: `SELECT value FROM {schema}counters_2 WHERE key =
{key}`. `str.format_map` fills in the schema and the parameters.
"""


class Dialect(dict[str, str]):
    """What the fields of a statement become.

    Attributes:
        schema: what stands before a table's name, such as "kit.".
        parameter: how the driver writes a parameter, such as ":{}".
        table_options: what ends a CREATE TABLE.
    """

    def __init__(self, schema: str, parameter: str, table_options: str = "") -> None:
        super().__init__(schema=schema, table_options=table_options)
        self._parameter = parameter

    def __missing__(self, name: str) -> str:
        return self._parameter.format(name)
