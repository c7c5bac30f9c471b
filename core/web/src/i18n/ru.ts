import type { en } from './en';

/** The keys of English, and for plurals the forms that Russian has more. */
type Texts<T> = { [K in keyof T]: T[K] extends string ? string : Texts<T[K]> } & Record<string, unknown>;

export const ru: Texts<typeof en> = {
  common: { copied: 'Скопировано', copyFailed: 'Браузер не разрешает этой странице копировать', copy: 'Копировать', close: 'Закрыть', ago: '{{age}} назад' },
  nav: {
    label: 'Главное меню', skip: 'К содержанию', events: 'События', alerts: 'Алерты', health: 'Состояние', palette: 'Команды', shortcuts: 'Сочетания клавиш',
    light: 'Светлая тема', dark: 'Тёмная тема',
  },
  user: { menu: 'Учётная запись {{name}}', tokens: 'Личные токены', password: 'Сменить пароль', accounts: 'Пользователи', signOut: 'Выйти' },
  signIn: {
    login: 'Логин', password: 'Пароль', submit: 'Войти', wrong: 'Неверный логин или пароль.', tooMany: 'Слишком много неудачных попыток. Повторите через {{seconds}} с.',
    hint: 'Пароль первого администратора лежит в файле admin.password в папке данных.',
  },
  password: {
    title: 'Сменить пароль', text: 'В других браузерах вы выйдете из системы. Токены остаются в силе.', current: 'Текущий пароль', next: 'Новый пароль', rule: 'Не меньше 12 знаков', repeat: 'Новый пароль ещё раз',
    differs: 'Новые пароли различаются', change: 'Сменить', done: 'Пароль изменён',
  },
  accounts: {
    title: 'Пользователи', text: 'Учётные записи не удаляются, потому что на них ссылаются алерты: ненужные отключайте.', login: 'Логин', name: 'Имя', role: 'Роль', password: 'Пароль', create: 'Создать', state: 'Состояние',
    enabled: 'Включена', disabled: 'Отключена', disable: 'Отключить', enable: 'Включить', reset: 'Задать пароль', resetFor: 'Новый пароль для {{login}}', save: 'Сохранить', cancel: 'Отмена', audit: 'Что происходило',
    roles: { admin: 'Администратор', analyst: 'Аналитик', viewer: 'Наблюдатель' },
    actions: {
      'user-created': 'создание записи', 'user-changed': 'изменение записи', 'user-disabled': 'отключение', 'user-enabled': 'включение', 'password-changed': 'смена пароля', 'password-reset': 'пароль задан для',
      'signed-in': 'вход', 'token-created': 'новый токен', 'token-deleted': 'токен удалён',
    },
  },
  tokens: {
    title: 'Личные токены', text: 'С токеном сценарий обращается к интерфейсу от вашего имени. Передавайте его как Authorization: Bearer.', name: 'Название', lifetime: 'Срок действия',
    days_one: '{{count}} день', days_few: '{{count}} дня', days_many: '{{count}} дней', days_other: '{{count}} дня', forever: 'Без срока', create: 'Создать',
    once: 'Скопируйте токен сейчас: он показывается один раз.', none: 'Токенов пока нет', created: 'Создан', expires: 'Истекает', used: 'Использован', revoke: 'Отозвать {{name}}',
  },
  states: {
    loading: 'Загрузка', failed: 'Не получилось', retry: 'Повторить', position: 'Строка {{line}}, столбец {{column}}', unreachable: 'Нет связи',
    unreachableText: 'Сервер недоступен. Проверьте, что Tocsin работает, и повторите.',
  },
  priority: { p1: 'Низкий', p2: 'Средний', p3: 'Высокий', p4: 'Критический' },
  time: {
    title: 'Интервал времени', free: 'Любой интервал', notUnderstood: 'Непонятно. Например: now-24h, yesterday, 2026-11-01 12:00/30m или A до B.', from: 'С', to: 'По', apply: 'Применить',
    local: 'Местное ({{zone}})', localShort: 'местное', shownIn: 'Время:', toggle: 'Переключить UTC и местное время',
    preset0: '15 минут', preset1: 'Час', preset2: '4 часа', preset3: '24 часа', preset4: '7 дней', preset5: '30 дней', preset6: 'Сегодня', preset7: 'Вчера',
  },
  palette: {
    title: 'Команды', placeholder: 'Перейти, переключить, найти…', events: 'Перейти к событиям', alerts: 'Перейти к алертам', mine: 'Мои открытые алерты', critical: 'Открытые алерты: высокие и критические',
    health: 'Перейти к состоянию', ledger: 'Журнал учёта событий', rules: 'Загруженные правила', sql: 'Написать SQL', hits: 'Найти корреляционные события', theme: 'Сменить тему',
    local: 'Показывать местное время', utc: 'Показывать UTC', shortcuts: 'Сочетания клавиш', searchEvents: 'Искать события: «{{text}}»', searchAlerts: 'Искать алерты: «{{text}}»',
  },
  shortcuts: {
    title: 'Сочетания клавиш', everywhere: 'Везде', inEvents: 'События', inAlerts: 'Алерты', palette: 'Команды', help: 'Этот список', search: 'Поле поиска',
    events: 'События', alerts: 'Алерты', health: 'Состояние', close: 'Закрыть, сбросить', run: 'Выполнить запрос', move: 'Следующее, предыдущее', open: 'Открыть событие', raw: 'Исходный текст',
    filterFor: 'Отобрать по ячейке', cell: 'Выбрать ячейку', rail: 'Список полей', live: 'Следить за новыми', select: 'Отметить', assignMe: 'Взять себе', status: 'Сменить статус', priority: 'Сменить приоритет',
    closeAlert: 'Закрыть алерт', comment: 'Комментарий', openEvents: 'Открыть события',
  },
  events: {
    mode: 'Вид запроса', simple: 'Простой', query: 'Запрос', hintSimple: 'Слова или условие: SourceAddress = 10.0.0.5 AND NOT Message contains "test"',
    hintSql: 'SELECT … FROM events', run: 'Найти', runTitle: 'Выполнить запрос', live: 'Поток', liveOn: 'Следить: повторять каждые две секунды', liveOff: 'Больше не следить', cancel: 'Отмена', read: 'Прочитано строк',
    rows_one: '{{text}} строка', rows_few: '{{text}} строки', rows_many: '{{text}} строк', rows_other: '{{text}} строки',
    count_one: '{{text}} событие', count_few: '{{text}} события', count_many: '{{text}} событий', count_other: '{{text}} события',
    hits_one: '{{text}} корреляционное', hits_few: '{{text}} корреляционных', hits_many: '{{text}} корреляционных', hits_other: '{{text}} корреляционных',
    histogram: 'События во времени', barWidth: 'столбец = {{width}}', noHistogram: 'Гистограмма строится для запросов вида SELECT … FROM events WHERE ….',
    table: 'События', markers: 'Отметки', correlation: 'Корреляционное событие', resizeRail: 'Ширина списка полей', resizeDetail: 'Ширина события', hideRail: 'Скрыть список полей', showRail: 'Показать список полей',
    conditionWrong: 'Условие не читается', conditionHelp: 'Ошибка подчёркнута. Слова ищутся в исходном тексте; сравнение — это Поле = значение, с AND, OR, NOT и скобками.',
    noStatement: 'Нет запроса', noStatementText: 'Напишите SELECT и выполните его клавишами Ctrl+Enter.', cancelled: 'Отменено', cancelledText: 'Выполните запрос снова, когда будете готовы.',
    none: 'Событий нет', noneText: 'За «{{range}}» запросу ничего не отвечает.', widen: '30 дней', clearAll: 'Без запроса и фильтров',
    shownOf: '{{shown}} из {{total}} событий', truncated: 'обрезано по пределу', showMore: 'Показать до {{limit}}',
  },
  condition: {
    column: 'столбец {{column}}', unclosedQuote: 'Кавычка не закрыта', tooDeep: 'Слишком большая вложенность', unclosedParenthesis: 'Скобка не закрыта', unexpectedEnd: 'В конце чего-то не хватает',
    unexpected: 'Здесь это не подходит', unknownField: 'Такого поля нет', badValue: 'Значение не подходит полю', unclosedList: 'Список не закрыт', emptyList: 'Список пуст',
    valueExpected: 'Здесь нужно значение', listNotAllowed: 'Список не сочетается с этим оператором',
  },
  filters: {
    label: 'Фильтры', not: 'НЕ', exists: 'заполнено', contains: 'содержит', include: 'Отобрать', exclude: 'Исключить', enable: 'Включить', disable: 'Выключить', toContains: 'Содержит вместо равно',
    toIs: 'Равно вместо содержит', remove: 'Убрать', removeNamed: 'Убрать фильтр по {{field}}', clear: 'Убрать все', invalid: 'Значение не подходит полю, фильтр не применяется.',
  },
  fields: {
    all: 'Все поля', title: 'Поля', search: 'Найти поле', selected: 'Столбцы', popular: 'Заполненные, частые сверху',
    empty_one: '{{count}} пустое поле', empty_few: '{{count}} пустых поля', empty_many: '{{count}} пустых полей', empty_other: '{{count}} пустых поля', showEmpty: 'Показать пустые поля',
    none: 'Подходящих полей нет.', fill: 'В {{percent}} из {{sample}} новейших событий', addColumn: 'Добавить {{name}} в таблицу', removeColumn: 'Убрать {{name}} из таблицы',
    unknown: 'Значения считаются для запросов вида SELECT … FROM events WHERE ….', countFailed: 'Для этого запроса поля не посчитать, показаны все.', noValues: 'За это время значений нет.', summary: '{{variants}} разных в {{filled}} событиях',
  },
  cell: {
    for: 'Отобрать', out: 'Исключить', forNamed: 'Отобрать {{value}}', outNamed: 'Исключить {{value}}', exists: 'Поле заполнено', copy: 'Копировать значение', open: 'Открыть событие', emptyValue: '(пусто)',
  },
  columns: { ascending: 'По возрастанию', descending: 'По убыванию', left: 'Левее', right: 'Правее', remove: 'Убрать столбец' },
  eventType: { base: 'Событие', aggregated: 'Агрегированное событие', correlation: 'Корреляционное событие', audit: 'Событие аудита', monitoring: 'Событие мониторинга' },
  detail: {
    title: 'Событие', previous: 'Предыдущее', next: 'Следующее', link: 'Копировать ссылку', copyId: 'Копировать идентификатор', fields: 'Поля', raw: 'Исходный текст', noRaw: 'Исходного текста нет',
    noRawText: 'Событие пришло без исходного текста, или коллектор его не хранит.', gone: 'События больше нет', search: 'Найти в событии', noneMatch: 'Ничего не подходит.', zeros_one: 'Показать нули ({{count}})', zeros_few: 'Показать нули ({{count}})', zeros_many: 'Показать нули ({{count}})', zeros_other: 'Показать нули ({{count}})',
    group: { purpose: 'Событие', custom: 'Дополнительные', extra: 'Extra', service: 'Служебные' },
  },
  alertStatus: { new: 'Новый', assigned: 'В работе', closed: 'Закрыт' },
  closing: { responded: 'Отработан', 'incorrect-data': 'Неверные данные', 'incorrect-rule': 'Неверное правило' },
  entity: { user: 'Пользователь', host: 'Узел', address: 'Адрес' },
  alerts: {
    queue: 'Очередь', search: 'Искать по названию, описанию, узлу', priority: 'Приоритет', assignee: 'Исполнитель', rule: 'Правило', time: 'Время', me: 'Я', nobody: 'Никто', status: 'Статус',
    clearFilter: 'Сбросить: {{name}}', selected_one: 'Отмечен {{count}}', selected_few: 'Отмечено {{count}}', selected_many: 'Отмечено {{count}}', selected_other: 'Отмечено {{count}}', clearSelection: 'Сбросить', select: 'Отметить {{name}}',
    none: 'Алертов нет', noneText: 'Этим фильтрам не отвечает ни один алерт.', showAll: 'Показать все алерты', nothingOpen: 'Всё спокойно', nothingOpenText: 'Ничто вас не ждёт.', resize: 'Ширина очереди',
    assignMe: 'Взять себе', mine: 'Мой', unassign: 'Снять исполнителя', close: 'Закрыть', closeAs: 'Закрыть как', reopen: 'Открыть снова', openEvents: 'События', priorityFloor: 'Не ниже приоритета правила',
    firstSeen: 'Впервые', lastSeen: 'Последний раз', duration: 'Длился', hits: 'Срабатываний', hitList: 'Срабатывания', overflow: 'больше, чем хранит алерт', closedAs: 'Закрыт как', entitySearch: 'Искать события',
    timeline: 'Хронология', otherEvents: 'Прочие события', ruleFired: 'Сработало правило', hit: 'Срабатывание', baseEvents: 'События-основания', correlation: 'Корреляционное событие', noBase: 'Это срабатывание не называет событий',
    baseGone: 'Событий нет в хранилище', baseGoneText: 'Возможно, истёк срок хранения, или они ещё в пути.',
    eventCount_one: '{{count}} событие', eventCount_few: '{{count}} события', eventCount_many: '{{count}} событий', eventCount_other: '{{count}} события',
    less: 'Показать меньше', allFields: 'Все поля', allHits: 'Показать все ({{count}})', moreHits: 'Загрузить более ранние', host: 'Узел', event: 'Событие', message: 'Сообщение', comments: 'Комментарии', comment: 'Комментировать', commentHint: 'Что вы выяснили? Ctrl+Enter отправит.',
    history: 'История', system: 'Система',
    change: { created: '— алерт создан', status: '— статус: {{to}}', assignee: '— исполнитель: {{to}}', unassigned: '— исполнитель снят', priority: '— приоритет: {{from}} → {{to}}', amended: '— срабатывание уточнено по опоздавшим событиям: {{to}}', retracted: '— срабатывание отозвано по опоздавшим событиям: {{to}}' },
    conflict: 'Кто-то успел раньше', conflictText: 'Алерт тем временем изменился и загружен заново; посмотрите и повторите, если нужно.', changeFailed: 'Изменение отклонено',
  },
  serviceKind: { core: 'Ядро', collector: 'Коллектор', correlator: 'Коррелятор', storage: 'Хранилище' },
  serviceStatus: { up: 'Работает', down: 'Не работает', starting: 'Запускается' },
  health: {
    services: 'Сервисы', noServices: 'Ни один сервис ещё не сообщил о себе', service: 'Сервис', kind: 'Вид', status: 'Состояние', eps: 'Событий/с', hour: 'За час', buffer: 'Буфер', oldest: 'Ждёт дольше всех', since: 'С',
    address: 'Адрес', bufferEvents_one: 'Ждёт {{text}} событие', bufferEvents_few: 'Ждут {{text}} события', bufferEvents_many: 'Ждут {{text}} событий', bufferEvents_other: 'Ждут {{text}} события',
    sparkline: 'Событий в секунду, не более {{top}}', ledger: 'Учёт', rules: 'Правила', received: 'Принято', stored: 'Сохранено', filtered: 'Отсеяно', aggregated: 'Агрегировано', rejected: 'Отклонено', inFlight: 'В пути',
    unaccounted: 'Не учтено', difference: 'Баланс',
    balance: {
      even: 'Каждое событие учтено', missing_one: 'Не хватает {{text}} события', missing_few: 'Не хватает {{text}} событий', missing_many: 'Не хватает {{text}} событий', missing_other: 'Не хватает {{text}} события',
      more_one: 'На {{text}} событие больше, чем принято', more_few: 'На {{text}} события больше, чем принято', more_many: 'На {{text}} событий больше, чем принято', more_other: 'На {{text}} события больше, чем принято',
      flying_one: '{{text}} событие на пути в хранилище', flying_few: '{{text}} события на пути в хранилище', flying_many: '{{text}} событий на пути в хранилище', flying_other: '{{text}} события на пути в хранилище', value: 'Баланс {{value}}',
    },
    minute: 'Минута', collector: 'Коллектор', source: 'Источник', searchLedger: 'Найти коллектор или источник',
    onlyDifferences_one: 'Только с отклонёнными или с разницей ({{count}})', onlyDifferences_few: 'Только с отклонёнными или с разницей ({{count}})', onlyDifferences_many: 'Только с отклонёнными или с разницей ({{count}})', onlyDifferences_other: 'Только с отклонёнными или с разницей ({{count}})',
    noDifferences: 'Смотреть не на что', noDifferencesText: 'Каждая строка сходится, ничего не отклонено.', noLedger: 'За это время событий нет', noLedgerText: 'Ни один коллектор ничего не принял. Отправьте что-нибудь на слушающий порт или расширьте интервал.',
    searchRules: 'Найти правило', loaded_one: 'Загружено {{count}} правило', loaded_few: 'Загружено {{count}} правила', loaded_many: 'Загружено {{count}} правил', loaded_other: 'Загружено {{count}} правила',
    firstShown: 'показаны первые {{count}}', noRules: 'Правила не загружены', noRulesFound: 'Подходящих правил нет', rule: 'Правило', hits: 'Срабатываний', lastHit: 'Последнее', never: 'никогда', on: 'Включено', off: 'Выключено',
  },
};
