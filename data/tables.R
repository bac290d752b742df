# Tables 1 to 3 in R, in the paper's case and in the cases in which one thing differs; and S and D
# of chapter 6: the same regressions of income of 2008 times common growth, and of this times the
# logarithm of residents.
# It needs no package, and the two files that the book offers: indicators.csv and cities.csv.
# Usage: Rscript tables.R [folder of the files]     -> a CSV on standard output

folder <- c(commandArgs(trailingOnly = TRUE), ".")[1]
panel <- merge(read.csv(file.path(folder, "indicators.csv")),
               read.csv(file.path(folder, "cities.csv"))[c("city_code", "reach", "province_en")])
panel <- panel[order(panel$city_code, panel$year), ]

# Recounts of residents and moved borders, as the flags of a city-year say.
panel$moved <- grepl("boundary:resident_pop", panel$flags)
panel$event <- panel$moved | grepl("census_step:", panel$flags)
panel$border <- ave(panel$moved, panel$city_code, FUN = any)
panel$spell <- ave(as.integer(panel$event), panel$city_code, FUN = cumsum)

# Income of 2008, the Belt's growth of output since, and residents over those of 2008.
first <- panel$year == 2008
start <- panel$reg[first][match(panel$city_code, panel$city_code[first])]
people <- ave(ifelse(first, 0, log(panel$lm_flow_gross)), panel$city_code, FUN = cumsum)
growth <- ave(log(panel$reg / start) + people, panel$year)
panel$scale <- start * exp(growth)
panel$divided <- panel$scale * people

# A share less the step of 2019: what the city moved beyond the median city, from 2019 on.
without_step <- function(share, part) {
  at <- function(year) share[match(paste(panel$city_code, year), paste(panel$city_code, panel$year))]
  step <- at(2019) - at(2018)
  step <- step - median(step[!duplicated(panel$city_code)], na.rm = TRUE)
  step[is.na(step) | panel$year < 2019] <- 0
  share - part * step
}

# Equation (4), times the number of cities: the share of industry over its mean in the year.
columns_of <- function(case, flow) {
  rows <- panel
  part <- c(half = 0.5, step = 1)[case]
  if (!is.na(part)) {
    rows$share_secondary <- without_step(panel$share_secondary, part)
    rows$rissl <- without_step(panel$share_tertiary, part) / rows$share_secondary
  }
  rows$ia <- rows$share_secondary / ave(rows$share_secondary, rows$year, FUN = function(s) mean(s, na.rm = TRUE))
  rows$lm <- if (flow) rows$lm_flow else rows$lm_stock
  rows$lm_ia <- rows$lm * rows$ia
  if (case == "current") rows$reg <- rows$reg_current
  rows$unit <- rows$city_code
  if (case == "clean") rows <- rows[!rows$event & !rows$border, ]
  if (case == "spells") {
    rows$unit <- paste(rows$city_code, rows$spell)
    if (flow) rows <- rows[!rows$event, ] # such a flow compares two spells
  }
  rows
}

controls <- c("odi", "te", "gr", "rlr", "rissl")
split <- c("lm", "ia", "lm_ia")
columns <- list(
  model1 = list(c("lm", "ia")), model2 = list(c("lm_ia", controls)),
  "2008-2016" = list(split, years = 2008:2016), "2017-2023" = list(split, years = 2017:2023),
  upper = list(split, reach = "upper"), middle = list(split, reach = "middle"),
  lower = list(split, reach = "lower"))

# Rows that lack a value go, then units and years with one row, which their own effect absorbs.
used <- function(rows, column) {
  if (!is.null(column$years)) rows <- rows[rows$year %in% column$years, ]
  if (!is.null(column$reach)) rows <- rows[rows$reach == column$reach, ]
  rows <- rows[complete.cases(rows[c("reg", column[[1]])]), ]
  repeat {
    count <- function(key) ave(rows$year, rows[[key]], FUN = length)
    alone <- count("unit") == 1 | count("year") == 1
    if (!any(alone)) return(rows)
    rows <- rows[!alone, ]
  }
}

# Least squares with an effect of each unit (means taken out) and of each year (dummies), and the
# jackknife CV3: slopes without each cluster, sqrt((G - 1) / G * sum of squared differences), t(G - 1).
regression <- function(rows, terms) {
  within <- function(v) v - ave(v, rows$unit)
  x <- apply(model.matrix(reformulate(c(terms, "factor(year)")), rows)[, -1], 2, within)
  y <- within(rows$reg)
  of <- function(outcome) lm.fit(x, within(outcome))$coefficients[terms]
  slopes <- function(keep) lm.fit(x[keep, , drop = FALSE], y[keep])$coefficients[terms]
  coef <- slopes(rep(TRUE, nrow(rows)))
  errors <- function(cluster) {
    names <- unique(cluster)
    without <- sapply(names, function(name) slopes(cluster != name))
    se <- sqrt((length(names) - 1) / length(names) * rowSums((without - coef)^2))
    cbind(se, 2 * pt(-abs(coef / se), length(names) - 1))
  }
  few <- length(unique(rows$province_en)) < 10 # no error by province
  by_city <- errors(rows$city_code)
  by_province <- if (few) 0 * by_city + NA else errors(rows$province_en)
  data.frame(term = terms, coef = coef, se = by_city[, 1], p = by_city[, 2],
             province_se = by_province[, 1], province_p = by_province[, 2], nobs = nrow(rows),
             S = of(rows$scale), D = of(rows$divided))
}

lines <- list()
for (case in c("paper", "clean", "spells", "half", "step", "current")) for (reading in c("flow", "stock")) {
  rows <- columns_of(case, reading == "flow")
  for (name in names(columns)) {
    found <- regression(used(rows, columns[[name]]), columns[[name]][[1]])
    lines[[length(lines) + 1]] <- cbind(case, reading, column = name, found)
  }
}
write.csv(format(do.call(rbind, lines), digits = 15, trim = TRUE), quote = FALSE, row.names = FALSE)
